-- What the orders know of money that moved without them: of refunds made elsewhere and chargebacks, by the provider's id.
SELECT orders.order_id, one.said ->> 'reference' AS reference, one.said ->> 'state' AS standing, (one.said ->> 'amount')::bigint AS amount
FROM orders
CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'elsewhere') AS one (said)
UNION ALL
SELECT orders.order_id, one.said ->> 'chargeback_id', one.said ->> 'outcome', (one.said ->> 'amount')::bigint
FROM orders
CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'chargebacks') AS one (said)
