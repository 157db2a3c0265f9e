-- What is open of what could not be placed, newest first, before the one of that number.
SELECT
    id, provider, webhook_id, name, order_id, body, why, received_at, fact, waits_for,
    attention_at <= now() AS needs_attention
FROM unplaced
WHERE ended_at IS NULL AND ($1::bigint IS NULL OR id < $1)
ORDER BY id DESC
LIMIT $2
