-- The allotment $1, what it says and of how much, and what the whole payment brought; whether the platform has said whose
-- it is; the number of the last word about the same thing; and whether the order $2 has a share of the payment.
SELECT
    allotments.payment_id, allotments.parts, allotments.name, allotments.fact, allotments.placed_at IS NOT NULL AS is_placed,
    payments.whole,
    (
        SELECT max(others.id)
        FROM allotments AS others
        WHERE others.payment_id = allotments.payment_id AND others.subject = allotments.subject
    ) AS last_id,
    EXISTS (
        SELECT FROM payment_shares AS shares
        WHERE shares.payment_id = allotments.payment_id AND shares.order_id = $2
    ) AS has_share
FROM allotments
INNER JOIN payments ON allotments.payment_id = payments.payment_id
WHERE allotments.id = $1
