-- The order $1 as lists show it.
SELECT
    order_id, buyer_id, seller_id, stage, status, waiting_on, currency, total, authorized, captured, refunded,
    refunding, released, held, shortfall, refund_state, needs_attention, deadline_kind, deadline_at, next_deadline_at,
    version, entry, created_at, closed_at, reason
FROM orders
WHERE order_id = $1
