-- One page of the calls that neither the provider's answer nor any later news made final, unchanged since $1, after
-- the key $2 (null: from the first), at most $3 rows.
SELECT
    calls.key AS place, calls.key, calls.order_id, calls.kind, calls.record_id, calls.attempt, calls.amount, calls.currency,
    calls.payment_id, calls.seller_id, coalesce(attempts.state, calls.state) AS state,
    orders.order_id IS NOT NULL AS known
FROM payment_calls AS calls
LEFT JOIN orders ON calls.order_id = orders.order_id
LEFT JOIN LATERAL (
    -- By order, one at a time: the planner must not take apart the state of every order there is.
    SELECT order_attempts.state
    FROM order_attempts
    WHERE order_attempts.order_id = calls.order_id AND order_attempts.key = calls.key
    LIMIT 1
) AS attempts ON true
WHERE
    calls.state NOT IN ('succeeded', 'failed', 'reversed', 'settled_manually', 'cancelled')
    AND calls.updated_at < $1
    AND ($2::text IS NULL OR calls.key > $2)
    AND coalesce(attempts.state, calls.state) NOT IN (
        'succeeded', 'failed', 'reversed', 'settled_manually', 'cancelled'
    )
ORDER BY calls.key
LIMIT $3
