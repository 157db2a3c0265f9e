-- Every attempt at a refund as the orders know it, and whether its order waits for the platform.
SELECT
    orders.order_id, attempt ->> 'key' AS key, (attempt ->> 'number')::integer AS number, attempt ->> 'state' AS state,
    refund ->> 'refund_id' AS refund_id, refund ->> 'state' AS refund_state
FROM orders
CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'refunds') AS refund
CROSS JOIN LATERAL jsonb_array_elements(refund -> 'attempts') AS attempt
