-- The order that a payment belongs to.
SELECT order_id FROM payment_orders WHERE payment_id = $1
