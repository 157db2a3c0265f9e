-- What is stuck and was told, the longest first, at most $1 rows.
SELECT id, order_id, kind, cause, facts, since, told_at
FROM stuck
WHERE ended_at IS NULL AND told_at IS NOT NULL
ORDER BY since, id
LIMIT $1
