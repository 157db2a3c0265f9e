-- Writes down that a call is about to be made. No row comes back when it stood there before: it may have been made.
INSERT INTO payment_calls (key, order_id, kind, content, state)
VALUES ($1, $2, $3, $4::jsonb, 'calling')
ON CONFLICT (key) DO NOTHING
RETURNING key
