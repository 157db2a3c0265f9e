-- The share of the order $2 in the payment $1 was looked at, as it was due at $3; unless another order may still come to
-- claim the payment, and nobody would look then.
UPDATE payment_shares SET due_at = NULL
WHERE
    payment_id = $1 AND order_id = $2 AND due_at = $3
    AND NOT EXISTS (
        SELECT FROM payment_shares AS coming
        WHERE
            coming.payment_id = $1 AND coming.order_id <> $2 AND NOT coming.stands
            AND coming.claimed_at >= now() - interval '24 hours'
    )
