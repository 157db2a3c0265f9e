-- What could not be placed, newest first, before the one of that number.
SELECT id, provider, webhook_id, name, order_id, body, why, received_at
FROM unplaced
WHERE $1::bigint IS NULL OR id < $1
ORDER BY id DESC
LIMIT $2
