-- Keep what nobody could place; once, however often it comes. As a fact ($7) it may wait for its order ($8), and is due
-- at once where that has come meanwhile; a person looks at it after $9. The reason is made of
-- $10 (JSON, or null).
INSERT INTO unplaced (provider, webhook_id, name, order_id, body, why, fact, waits_for, attention_at, due_at, said)
VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, now() + $9::interval,
    CASE WHEN EXISTS (SELECT FROM orders WHERE orders.order_id = $8) THEN now() END,
    $10::jsonb
)
ON CONFLICT (provider, webhook_id) DO NOTHING
