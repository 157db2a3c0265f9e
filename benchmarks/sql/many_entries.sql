-- Three entries of each order that `many_orders.sql` made: its start, a message, and what a party has shown.
INSERT INTO timeline (
    order_id, entry, at, role, party_id, name, outcome, to_stage, summary, money, attachments, platform_only, evidence,
    version, status
)
SELECT
    orders.order_id, number, orders.created_at, 'buyer', orders.buyer_id,
    (ARRAY['start', 'send_message', 'open_dispute'])[number], 'accepted', orders.stage, 'It happened.', '{}', '[]', false,
    CASE WHEN number = 3 THEN '[{"kind": "text", "text": "It is broken."}]' ELSE '[]' END::jsonb, number, orders.status
FROM orders
CROSS JOIN generate_series(1, 3) AS number
WHERE orders.order_id LIKE 'M-%'
