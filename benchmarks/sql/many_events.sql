-- An event and a notice of each order that `many_orders.sql` made, numbered from 1 in the order in which they were
-- created; the seller is who is told.
WITH numbered AS (
    INSERT INTO events (
        seq, order_id, entry, buyer_id, seller_id, version, name, outcome, at, role, party_id, from_stage, to_stage,
        status, currency, money, summary, seen_by
    )
    SELECT
        row_number() OVER (ORDER BY created_at, order_id), order_id, 1, buyer_id, seller_id, 1, 'start', 'accepted',
        created_at, 'buyer', buyer_id, NULL, 'pending_payment', 'pending_payment', currency, '{}', 'Ordered.',
        CASE WHEN order_id LIKE '%00' THEN '{}' ELSE '{buyer,seller,others}' END::text []
    FROM orders
)
INSERT INTO inbox (order_id, entry, number, role, party_id, kind, text, read_at)
SELECT order_id, 1, 1, 'seller', seller_id, 'ordered', 'Ordered.', CASE WHEN order_id LIKE '%5' THEN now() END
FROM orders
ORDER BY created_at, order_id
