-- What happened to the order $1 after entry $2 as the role $3 may see it (platform: all; empty: what both sides may), of
-- the kind $4 (messages, evidence; null: all), oldest first, at most $5 rows.
SELECT
    timeline.entry, timeline.at, timeline.role, timeline.party_id, timeline.name, timeline.outcome, timeline.from_stage,
    timeline.to_stage, timeline.summary, timeline.why, timeline.money, timeline.text, timeline.attachments,
    timeline.evidence, timeline.platform_only, timeline.request_id, timeline.said, addressed.role AS to_role
FROM timeline
LEFT JOIN inbox AS addressed
    ON
        addressed.order_id = timeline.order_id
        AND addressed.entry = timeline.entry
        AND addressed.kind IN ('message', 'information_requested', 'information_given')
WHERE
    timeline.order_id = $1
    AND timeline.entry > $2
    AND (
        $3 = 'platform'
        OR (
            NOT timeline.platform_only
            AND (timeline.outcome <> 'refused' OR timeline.role = $3)
            AND (timeline.name <> 'send_message' OR timeline.role = $3 OR addressed.role = $3)
        )
    )
    AND CASE $4::text
        WHEN 'messages' THEN timeline.name = 'send_message' AND timeline.outcome <> 'refused'
        WHEN 'evidence' THEN timeline.evidence <> '[]' AND timeline.outcome <> 'refused'
        ELSE true
    END
ORDER BY timeline.entry
LIMIT $5
