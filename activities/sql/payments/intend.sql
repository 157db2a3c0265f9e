-- Writes down that a call is about to be made, once its order is the caller's own ($10, the run that opened it), the
-- entry that asked for the call ($11) stands recorded, and the money is there. $13 is the newest attempt that the order
-- knows, $14 whether too much is written down as refused, $15 how long a key may be under way. One row answers:
--   ours, recorded  whether that is so; null when the order has no row
--   first           it was written down now: nobody can have made the call
--   over, fits      by what stands in other rows it is too much; so much would not be
--   refused         … and that is written down
--   overtaken       a later attempt took its place, or it was settled by hand: it may be looked up and not sent
--   restored        the database is a backup's: the provider may know what no row does
--   same            it stood there before, and may have been made: whether what stands under the key $1 is this very call.
--                   By its columns, not as one document: a field that calls gain later must not make an old row another call
--   state …         what the provider has said of it so far; `calling`: nothing
--   under_way       somebody may be sending it at this moment
--   unanswered      it was written down longer than $12 ago, and nothing was ever said of it
-- Neither first nor same, and nothing against it: another call of the order or of the payment was written down in that
-- moment. A statement does not see what was, so that it adds up too little, and its turn is taken: ask again.
WITH gate AS (
    SELECT
        orders.opened_by = $10 AS ours,
        -- What the payment brought is written with the entry, but by a worker of the version before. What was written
        -- down once has passed here.
        orders.entry >= $11::bigint AND (
            $3::text NOT IN ('refund', 'release')
            OR EXISTS (SELECT FROM payment_calls WHERE payment_calls.key = $1)
            OR EXISTS (
                SELECT FROM payment_shares AS shares
                WHERE shares.order_id = $2 AND shares.stands AND ($8::text IS NULL OR shares.payment_id = $8)
            )
        ) AS recorded,
        orders.currency
    FROM orders
    WHERE orders.order_id = $2
),
-- An attempt counts until the provider has said that it failed, came back, or never came.
counting AS (
    SELECT calls.order_id, calls.kind, calls.record_id, calls.payment_id, calls.amount, calls.currency
    FROM payment_calls AS calls
    WHERE
        (calls.order_id = $2 OR calls.payment_id = $8)
        AND calls.kind IN ('refund', 'release') AND calls.state NOT IN ('failed', 'reversed') AND calls.key <> $1
),
-- What the payment has left by all attempts at refunds of it. Null for a payout, which is of no payment.
of_payment AS (
    SELECT
        (SELECT payments.brought FROM payments WHERE payments.payment_id = $8)
        - (SELECT coalesce(sum(counting.amount), 0) FROM counting WHERE counting.payment_id = $8 AND counting.kind = 'refund')
            AS fits
),
-- What the order has left, each refund and payout counted once, at the most that one attempt of it moved.
of_order AS (
    SELECT
        (
            SELECT coalesce(sum(shares.amount), 0)
            FROM payment_shares AS shares
            INNER JOIN payments ON shares.payment_id = payments.payment_id
            WHERE shares.order_id = $2 AND shares.stands AND payments.currency = $7
        ) - (
            SELECT coalesce(sum(moved.most), 0)
            FROM (
                SELECT max(counting.amount) AS most
                FROM counting
                WHERE counting.order_id = $2 AND counting.currency = $7
                GROUP BY counting.record_id
            ) AS moved
        ) AS fits
    FROM gate
    WHERE gate.currency = $7
),
room AS (
    SELECT coalesce(least(of_payment.fits, of_order.fits), 0) AS fits
    FROM of_payment
    LEFT JOIN of_order ON true
),
judged AS (
    SELECT
        gate.ours,
        gate.recorded,
        greatest(0, room.fits)::bigint AS fits,
        $3 IN ('refund', 'release') AND $6 > room.fits AS over,
        $13::integer > $5
        OR EXISTS (
            SELECT FROM payment_calls AS later
            WHERE later.order_id = $2 AND later.record_id = $4 AND later.attempt > $5
        ) AS overtaken
    FROM gate
    CROSS JOIN room
),
intended AS (
    INSERT INTO payment_calls (
        key, order_id, kind, record_id, attempt, amount, currency, payment_id, seller_id,
        state, failure_reason, fits, tried_at, order_turn, payment_turn
    )
    SELECT
        $1::text, $2::text, $3, $4::text, $5::integer, $6::bigint, $7::text, $8, $9::text,
        CASE WHEN judged.over AND NOT judged.overtaken THEN 'failed' ELSE 'calling' END,
        CASE WHEN judged.over AND NOT judged.overtaken THEN 'guard' END,
        CASE WHEN judged.over AND NOT judged.overtaken THEN judged.fits END,
        CASE WHEN NOT (judged.over OR judged.overtaken) THEN now() END,
        (SELECT coalesce(max(calls.order_turn), 0) + 1 FROM payment_calls AS calls WHERE calls.order_id = $2),
        CASE WHEN $8 IS NOT NULL THEN
            (SELECT coalesce(max(calls.payment_turn), 0) + 1 FROM payment_calls AS calls WHERE calls.payment_id = $8)
        END
    FROM judged
    WHERE judged.ours AND judged.recorded AND (judged.overtaken OR NOT judged.over OR $14::boolean)
    ON CONFLICT DO NOTHING
    RETURNING fits IS NOT NULL AS refused
),
known AS (
    SELECT
        (order_id, kind, record_id, attempt, amount, currency) = ($2, $3, $4, $5, $6, $7)
        AND (payment_id, seller_id) IS NOT DISTINCT FROM ($8, $9) AS same,
        state, provider_reference, failure_reason, fits, overtaken,
        coalesce(tried_at > now() - $15::interval, false) AS under_way,
        state = 'calling' AND created_at < now() - $12::interval AS unanswered
    FROM payment_calls
    WHERE key = $1
),
tried AS (
    UPDATE payment_calls SET tried_at = now()
    FROM judged, known
    WHERE
        payment_calls.key = $1 AND known.same AND judged.ours AND judged.recorded
        AND NOT (judged.overtaken OR known.overtaken)
        AND known.state NOT IN ('succeeded', 'failed', 'reversed')
)
SELECT
    (SELECT gate.ours FROM gate) AS ours,
    (SELECT gate.recorded FROM gate) AS recorded,
    EXISTS (SELECT FROM intended) AS first,
    coalesce((SELECT judged.over AND NOT judged.overtaken FROM judged), false) AS over,
    coalesce(known.fits, (SELECT judged.fits FROM judged)) AS fits,
    coalesce((SELECT intended.refused FROM intended), known.fits IS NOT NULL) AS refused,
    coalesce(known.overtaken OR (SELECT judged.overtaken FROM judged), (SELECT judged.overtaken FROM judged), false)
        AS overtaken,
    EXISTS (SELECT FROM restorations) AS restored,
    known.same, known.state, known.provider_reference, known.failure_reason, known.under_way, known.unanswered
FROM (SELECT) AS one
LEFT JOIN known ON true
