-- The orders that have a share of the payment $1, the oldest first.
SELECT order_id
FROM payment_shares
WHERE payment_id = $1
ORDER BY claimed_at, order_id
