-- The numbers of those entries ($2, JSON) that do not stand in the timeline of the order $1, under whatever number.
--
-- An entry is known by its name and instant; a command that came again with a reset, by its name and request id.
SELECT made.entry
FROM jsonb_to_recordset($2::jsonb) AS made (entry bigint, name text, at timestamptz, request_id text)
WHERE NOT EXISTS (
    SELECT FROM timeline
    WHERE
        timeline.order_id = $1 AND timeline.name = made.name
        AND (timeline.at = made.at OR timeline.request_id = made.request_id)
)
ORDER BY made.entry
