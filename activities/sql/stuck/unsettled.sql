-- Which of the orders $1 are recorded, and not settled.
SELECT order_id FROM orders WHERE order_id = ANY($1::text []) AND closed_at IS NULL
