-- The last recorded state of the order $1, the run that opened it, its last entry, and who sent which request.
SELECT
    orders.state::text AS state, orders.opened_by, orders.entry, last.name, last.party_id, last.request_id,
    ARRAY(
        SELECT ARRAY[sent.role, sent.request_id] FROM timeline AS sent
        WHERE sent.order_id = orders.order_id AND sent.request_id IS NOT NULL
        ORDER BY sent.entry
    ) AS requests
FROM orders
LEFT JOIN timeline AS last ON last.order_id = orders.order_id AND last.entry = orders.entry
WHERE orders.order_id = $1
