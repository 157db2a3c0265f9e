-- Whether what was written down under the key $1 is this very call.
-- By its columns, not as one document: a field that calls gain later must not make an old row another call.
SELECT
    (order_id, kind, record_id, attempt, amount, currency) = ($2, $3, $4, $5, $6, $7)
    AND (payment_id, seller_id) IS NOT DISTINCT FROM ($8, $9) AS same
FROM payment_calls
WHERE key = $1
