-- As `party_notices`, but only what is unread: in a statement of its own, for an index has those alone.
SELECT
    notices.notice_id, notices.order_id, notices.entry, notices.role, notices.party_id, notices.kind, notices.text,
    notices.due_at, notices.said, notices.recorded_at, NULL::timestamptz AS read_at,
    CASE WHEN $5 THEN orders.state ->> 'locale' END AS locale
FROM notices
LEFT JOIN orders ON orders.order_id = notices.order_id
WHERE
    notices.role = $1 AND notices.party_id = $2 AND ($3::bigint IS NULL OR notices.notice_id < $3)
    AND (notices.read_at IS NULL OR notices.read_at < notices.recorded_at)
ORDER BY notices.notice_id DESC
LIMIT $4
