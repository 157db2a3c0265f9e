-- The disagreements that are open, or all if $1, the latest first, at most $2 rows.
SELECT id, kind, key, order_id, ours, theirs, day, found_at, last_seen_at, resolved_at, note
FROM disagreements
WHERE $1::boolean OR resolved_at IS NULL
ORDER BY id DESC
LIMIT $2
