-- The orders with an open row of kind $1, those that were not seen for longest first, at most $2.
SELECT known.order_id, orders.next_deadline_at, coalesce(orders.closed_at IS NULL, false) AS unsettled
FROM (
    SELECT order_id, seen_at FROM stuck WHERE ended_at IS NULL AND kind = $1 ORDER BY seen_at, id LIMIT $2
) AS known
LEFT JOIN orders ON orders.order_id = known.order_id
ORDER BY known.seen_at
