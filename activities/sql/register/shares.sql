-- Of the payment $1: what the whole brings, its shares, the oldest first, and how the word $3 about $2 was allotted, if it
-- was, how the last word about that was, and who was told of any. No row: nobody has the payment.
SELECT
    payments.whole,
    (
        SELECT
            jsonb_agg(
                jsonb_build_object(
                    'order_id', shares.order_id, 'amount', shares.claimed, 'returned', shares.returned,
                    'held', CASE WHEN paid.by_it THEN orders.held ELSE 0 END
                )
                ORDER BY shares.claimed_at, shares.order_id
            )
        FROM payment_shares AS shares
        LEFT JOIN orders ON shares.order_id = orders.order_id
        LEFT JOIN LATERAL (
            SELECT
                EXISTS (
                    SELECT FROM jsonb_array_elements(orders.state -> 'payments') AS payment
                    WHERE payment ->> 'payment_id' = $1 AND payment ->> 'role' = 'order'
                ) AS by_it
        ) AS paid ON true
        WHERE shares.payment_id = $1 AND shares.claimed > 0
    ) AS shares,
    (SELECT allotments.parts FROM allotments WHERE allotments.payment_id = $1 AND allotments.word = $3) AS known,
    (
        SELECT allotments.parts
        FROM allotments
        WHERE allotments.payment_id = $1 AND allotments.subject = $2
        ORDER BY allotments.id DESC
        LIMIT 1
    ) AS earlier,
    ARRAY(
        SELECT DISTINCT told.order_id
        FROM allotments
        CROSS JOIN LATERAL jsonb_object_keys(allotments.parts) AS told (order_id)
        WHERE allotments.payment_id = $1 AND allotments.subject = $2
        ORDER BY told.order_id
    ) AS heard
FROM payments
WHERE payments.payment_id = $1
