-- Orders whose next deadline passed before $1 and of which no open row says why, the soonest first, at most $2.
SELECT orders.order_id, orders.next_deadline_at
FROM orders
WHERE
    orders.closed_at IS NULL AND orders.next_deadline_at < $1
    AND NOT EXISTS (
        SELECT FROM stuck
        WHERE stuck.order_id = orders.order_id AND stuck.ended_at IS NULL AND stuck.kind <> 'lost'
    )
ORDER BY orders.next_deadline_at
LIMIT $2
