-- What could not be placed, newest first, before the one of that number.
SELECT stray_id, provider, webhook_id, name, order_id, body, why, received_at
FROM strays
WHERE $1::bigint IS NULL OR stray_id < $1
ORDER BY stray_id DESC
LIMIT $2
