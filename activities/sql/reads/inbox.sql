-- The inbox of the role $1 and party $2, newest first, before notice $3 (null: from the top), at most $4 rows.
SELECT notice_id, order_id, entry, role, party_id, kind, text, due_at, said
FROM notices
WHERE role = $1 AND party_id = $2 AND ($3::bigint IS NULL OR notice_id < $3)
ORDER BY notice_id DESC
LIMIT $4
