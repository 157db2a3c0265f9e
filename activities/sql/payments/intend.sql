-- Writes down that a call is about to be made, once its order is the caller's own ($10, the run that opened it) and the
-- entry that asked for the call ($11) stands recorded. It answers with one row:
--   ours, recorded  whether that is so; null when the order has no row
--   first           it was written down now: nobody can have made the call
--   same            it stood there before, and may have been made: whether what stands under the key $1 is this very call.
--                   By its columns, not as one document: a field that calls gain later must not make an old row another call
--   state …         what the provider has said of it so far; `calling`: nothing
--   unanswered      it was written down longer than $12 ago, and nothing was ever said of it
WITH gate AS (
    SELECT orders.opened_by = $10 AS ours, orders.entry >= $11::bigint AS recorded
    FROM orders
    WHERE orders.order_id = $2
),
intended AS (
    INSERT INTO payment_calls (key, order_id, kind, record_id, attempt, amount, currency, payment_id, seller_id, state)
    SELECT $1::text, $2::text, $3::text, $4::text, $5::integer, $6::bigint, $7::text, $8::text, $9::text, 'calling'
    FROM gate
    WHERE gate.ours AND gate.recorded
    ON CONFLICT (key) DO NOTHING
    RETURNING key
),
known AS (
    SELECT
        (order_id, kind, record_id, attempt, amount, currency) = ($2, $3, $4, $5, $6, $7)
        AND (payment_id, seller_id) IS NOT DISTINCT FROM ($8, $9) AS same,
        state, provider_reference, failure_reason,
        state = 'calling' AND created_at < now() - $12::interval AS unanswered
    FROM payment_calls
    WHERE key = $1
)
SELECT
    (SELECT gate.ours FROM gate) AS ours,
    (SELECT gate.recorded FROM gate) AS recorded,
    EXISTS (SELECT FROM intended) AS first,
    known.same, known.state, known.provider_reference, known.failure_reason, known.unanswered
FROM (SELECT) AS one
LEFT JOIN known ON true
