-- Keep a webhook that nobody could place; once, however often it comes.
INSERT INTO unplaced (provider, webhook_id, name, order_id, body, why)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (provider, webhook_id) DO NOTHING
