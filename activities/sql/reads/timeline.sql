-- What happened to the order $1 after entry $2, oldest first, at most $3 rows.
SELECT
    entry, at, role, party_id, name, outcome, from_stage, to_stage, summary, why, money, text, attachments,
    evidence, platform_only, request_id, said, version, status
FROM timeline
WHERE order_id = $1 AND entry > $2
ORDER BY entry
LIMIT $3
