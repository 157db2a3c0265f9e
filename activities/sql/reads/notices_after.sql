-- What anybody was told after notice $1, the oldest first, at most $2 rows.
SELECT notice_id, order_id, entry, role, party_id, kind, text, due_at, recorded_at AS at
FROM notices
WHERE notice_id > $1
ORDER BY notice_id
LIMIT $2
