-- The calls that stand in the way of the call $1, the attempt $4 of the record $3 of the order $2, for the payment $5: all
-- that the sums of `intend` count.
--   overtaken   a later attempt took its place, such as this call, or it was settled by hand
--   under_way   somebody tried it less than $6 ago, and it may come to the provider yet
SELECT
    calls.key, calls.order_id, calls.kind, calls.record_id, calls.attempt, calls.amount, calls.currency, calls.payment_id,
    calls.seller_id, calls.state,
    calls.overtaken
    OR (calls.order_id = $2 AND calls.record_id = $3 AND calls.attempt < $4)
    OR EXISTS (
        SELECT FROM payment_calls AS later
        WHERE later.order_id = calls.order_id AND later.record_id = calls.record_id AND later.attempt > calls.attempt
    ) AS overtaken,
    coalesce(calls.tried_at > now() - $6::interval, false) AS under_way
FROM payment_calls AS calls
WHERE
    (calls.order_id = $2 OR calls.payment_id = $5)
    AND calls.kind IN ('refund', 'release') AND calls.state NOT IN ('failed', 'reversed') AND calls.key <> $1
ORDER BY calls.created_at, calls.key
