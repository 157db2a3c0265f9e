-- Which order a payment belongs to, as its capture said; a payment never changes its order.
INSERT INTO payment_orders (payment_id, order_id)
VALUES ($1, $2)
ON CONFLICT (payment_id) DO NOTHING
