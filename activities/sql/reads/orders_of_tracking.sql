-- The orders that have named the tracking $1, as each spells it: the order $2 first, then those that are not settled, the
-- newest first, at most $3.
SELECT
    orders.order_id, orders.closed_at IS NULL AS is_live,
    (
        SELECT named.tracking FROM jsonb_array_elements_text(orders.state -> 'trackings') AS named (tracking)
        WHERE normal_tracking(named.tracking) = normal_tracking($1)
        ORDER BY named.tracking = $1 DESC
        LIMIT 1
    ) AS tracking
FROM orders
WHERE
    orders.state -> 'trackings' <> '[]'
    AND normal_trackings(orders.state -> 'trackings') @> ARRAY[normal_tracking($1)]
ORDER BY (orders.order_id = $2) IS TRUE DESC, is_live DESC, orders.created_at DESC
LIMIT $3
