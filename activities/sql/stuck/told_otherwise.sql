-- Ends at $1 what is open as overdue of orders of which another row says why, or whose row is not overdue at $2 any more.
UPDATE stuck SET ended_at = $1
WHERE
    stuck.ended_at IS NULL AND stuck.kind = 'overdue'
    AND (
        EXISTS (
            SELECT FROM stuck AS reason
            WHERE
                reason.order_id = stuck.order_id AND reason.ended_at IS NULL
                AND reason.kind IN ('failing', 'paused', 'terminated')
        )
        OR NOT EXISTS (
            SELECT FROM orders
            WHERE
                orders.order_id = stuck.order_id AND orders.closed_at IS NULL AND orders.next_deadline_at < $2
        )
    )
