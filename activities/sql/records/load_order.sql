-- The last recorded state of the order $1, the run that opened it, its last entry, and every request that it accepted.
SELECT
    orders.state::text AS state, orders.opened_by, orders.entry, last.name, last.party_id, last.request_id,
    ARRAY(
        SELECT accepted.request_id FROM timeline AS accepted
        WHERE accepted.order_id = orders.order_id AND accepted.outcome = 'accepted' AND accepted.request_id IS NOT NULL
        ORDER BY accepted.entry
    ) AS request_ids
FROM orders
LEFT JOIN timeline AS last ON last.order_id = orders.order_id AND last.entry = orders.entry
WHERE orders.order_id = $1
