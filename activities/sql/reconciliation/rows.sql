-- What the read model says of the orders $1.
SELECT order_id, stage, waiting_on, refund_state, version, entry, closed_at FROM orders WHERE order_id = ANY($1::text [])
