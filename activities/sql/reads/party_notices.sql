-- What the role $1 and party $2 were told, newest first, before notice $3 (null: from the top), at most $4 rows; where $5
-- is true, with the language of each order.
SELECT
    notices.notice_id, notices.order_id, notices.entry, notices.role, notices.party_id, notices.kind, notices.text,
    notices.due_at, notices.said, notices.recorded_at,
    CASE WHEN notices.read_at >= notices.recorded_at THEN notices.read_at END AS read_at,
    CASE WHEN $5 THEN orders.state ->> 'locale' END AS locale
FROM notices
LEFT JOIN orders ON orders.order_id = notices.order_id
WHERE notices.role = $1 AND notices.party_id = $2 AND ($3::bigint IS NULL OR notices.notice_id < $3)
ORDER BY notices.notice_id DESC
LIMIT $4
