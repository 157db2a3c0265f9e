-- Of every chargeback and every refund made elsewhere whose payment several orders share, how the last word about it was
-- allotted: newest first, $2 at most, before the one of the number $1.
SELECT last.id, last.payment_id, payments.currency, last.subject, last.parts, last.allotted_at, last.placed_at
FROM allotments AS last
INNER JOIN payments ON last.payment_id = payments.payment_id
WHERE
    ($1::bigint IS NULL OR last.id < $1)
    AND NOT EXISTS (
        SELECT FROM allotments AS later
        WHERE later.payment_id = last.payment_id AND later.subject = last.subject AND later.id > last.id
    )
    AND (SELECT count(*) FROM payment_shares AS shares WHERE shares.payment_id = last.payment_id) > 1
ORDER BY last.id DESC
LIMIT $2
