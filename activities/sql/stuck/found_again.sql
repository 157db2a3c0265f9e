-- Ends at $1 what was thought lost, and stands in its order's timeline now: it was written by whoever carries the order on.
UPDATE stuck SET ended_at = $1
WHERE
    stuck.ended_at IS NULL AND stuck.kind = 'lost' AND stuck.entries IS NOT NULL
    AND NOT EXISTS (
        SELECT
        FROM jsonb_to_recordset(stuck.entries) AS made (name text, at timestamptz, request_id text)
        WHERE NOT EXISTS (
            SELECT FROM timeline
            WHERE
                timeline.order_id = stuck.order_id AND timeline.name = made.name
                AND (timeline.at = made.at OR timeline.request_id = made.request_id)
        )
    )
