-- What there is already. After the trigger, and not with it: its making holds up every record until it is committed. This
-- holds up none: nobody else writes these rows, and an order that is recorded meanwhile may stand here twice.
INSERT INTO order_words (order_id, words)
SELECT
    orders.order_id,
    words_of_start(orders.order_id, orders.buyer_id, orders.seller_id, orders.state) || words_since_start(orders.state)
FROM orders
WHERE NOT EXISTS (SELECT FROM order_words AS known WHERE known.order_id = orders.order_id);
