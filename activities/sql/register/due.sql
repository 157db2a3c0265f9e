-- Shares that are due to be looked at, at most $1, kept for $2 (seconds) from everybody else who looks.
WITH due AS (
    SELECT payment_shares.payment_id, payment_shares.order_id
    FROM payment_shares
    WHERE payment_shares.due_at <= now()
    ORDER BY payment_shares.due_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
UPDATE payment_shares SET due_at = now() + make_interval(secs => $2)
FROM due
WHERE payment_shares.payment_id = due.payment_id AND payment_shares.order_id = due.order_id
RETURNING payment_shares.payment_id, payment_shares.order_id, payment_shares.due_at
