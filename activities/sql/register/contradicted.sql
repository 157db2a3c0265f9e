-- Of the payments $1 those of which more is claimed than they bring, with all orders that claim them, and those of them
-- that do not know it. Orders of which the platform has said how much is theirs go on, until all that it said is too much.
SELECT
    payments.payment_id,
    array_agg(claims.order_id ORDER BY claims.claimed_at, claims.order_id) AS orders,
    array_agg(claims.order_id ORDER BY claims.claimed_at, claims.order_id) FILTER (WHERE claims.question <> 'open') AS unaware
FROM payments
INNER JOIN payment_shares AS claims ON payments.payment_id = claims.payment_id AND claims.claimed > 0 AND claims.stands
WHERE payments.payment_id = ANY($1::text [])
GROUP BY payments.payment_id
HAVING
    count(*) > 1 AND sum(claims.claimed) > payments.whole
    AND (
        bool_or(claims.question = 'none')
        OR coalesce(sum(claims.claimed) FILTER (WHERE claims.question = 'settled'), 0) > payments.whole
    )
