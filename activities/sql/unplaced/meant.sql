-- The fact $1: whether it is open, what it is, whose it was said to be; and whether there is the order $2.
SELECT
    ended_at IS NULL AS is_open, name, order_id, fact,
    EXISTS (SELECT FROM orders WHERE orders.order_id = $2) AS is_known
FROM unplaced
WHERE id = $1
