-- Writes down that a call is about to be made, as the engine does but without asking whose order it is.
INSERT INTO payment_calls (key, order_id, kind, record_id, attempt, amount, currency, payment_id, seller_id, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'calling')
ON CONFLICT (key) DO NOTHING
RETURNING key
