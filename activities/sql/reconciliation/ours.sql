-- One page of what we know from $2 to $3 and the book of the provider $1 does not, by kind and key after $4 (null: from
-- the first), at most $5 rows. Calls that failed moved no money, and those without an answer are asked about by themselves.
WITH ours AS (
    SELECT
        calls.kind, calls.key, calls.order_id, calls.record_id, calls.attempt, calls.amount, calls.currency,
        calls.payment_id, calls.seller_id, calls.state
    FROM payment_calls AS calls
    WHERE
        calls.created_at >= $2 AND calls.created_at < $3
        AND calls.state IN ('submitted', 'pending', 'succeeded', 'reversed')
        -- A void moves no money, and a capture stands in the book as its payment.
        AND calls.kind IN ('refund', 'release')
    UNION ALL
    SELECT
        'payment', payments.payment_id, payments.order_id, null, null, payments.amount, payments.currency, null, null,
        'succeeded'
    FROM (
        SELECT DISTINCT told.order_id
        FROM timeline AS told
        WHERE told.name = 'payment_captured' AND told.at >= $2 AND told.at < $3
    ) AS paid
    CROSS JOIN LATERAL (
        SELECT
            order_payments.order_id, order_payments.payment_id, order_payments.amount, order_payments.currency
        FROM order_payments
        WHERE
            order_payments.order_id = paid.order_id
            AND order_payments.captured_at >= $2 AND order_payments.captured_at < $3
        -- Keeps it a question per order: the planner must not take apart the state of every order there is.
        OFFSET 0
    ) AS payments
)
SELECT
    ours.kind || ' ' || ours.key COLLATE "C" AS place,
    ours.kind, ours.key, ours.order_id, ours.record_id, ours.attempt, ours.amount, ours.currency, ours.payment_id,
    ours.seller_id, ours.state, orders.order_id IS NOT NULL AS known
FROM ours
LEFT JOIN orders ON ours.order_id = orders.order_id
WHERE
    ($4::text IS NULL OR ours.kind || ' ' || ours.key COLLATE "C" > $4)
    AND NOT EXISTS (
        SELECT FROM provider_book AS book
        WHERE book.provider = $1 AND book.kind = ours.kind AND book.key = ours.key
    )
ORDER BY place
LIMIT $5
