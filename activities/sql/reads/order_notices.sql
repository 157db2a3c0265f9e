-- What the role $2 was told of the order $1, oldest first, at most $3 rows.
SELECT notice_id, order_id, entry, role, party_id, kind, text, due_at, said
FROM notices
WHERE order_id = $1 AND role = $2
ORDER BY notice_id
LIMIT $3
