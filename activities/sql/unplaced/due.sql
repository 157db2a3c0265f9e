-- What is to be given to its order at $1: at most $3, each to one worker, and due again at $4 should that one die or fail.
-- Of what came since $2 also what waits for an order that is there: kept while that was first recorded, neither
-- statement has seen the other's row.
UPDATE unplaced SET due_at = $4
WHERE id IN (
    SELECT mine.id
    FROM unplaced AS mine
    WHERE
        mine.ended_at IS NULL
        AND (
            mine.due_at <= $1
            OR (
                mine.due_at IS NULL AND mine.waits_for IS NOT NULL AND mine.received_at >= $2
                AND EXISTS (SELECT FROM orders WHERE orders.order_id = mine.waits_for)
            )
        )
    ORDER BY mine.id
    LIMIT $3
    FOR UPDATE SKIP LOCKED
)
RETURNING id, name, order_id, waits_for, fact
