-- One page of the payments of which orders have a part, after the payment $1 (null: from the first), at most $2: with all
-- shares, and whether these are more than the payment brought, or a day after the last one still less.
WITH page AS (
    SELECT DISTINCT parts.payment_id
    FROM payment_shares AS parts
    WHERE
        (parts.claimed <> parts.whole OR parts.question <> 'none')
        AND ($1::text IS NULL OR parts.payment_id > $1)
    ORDER BY parts.payment_id
    LIMIT $2
)
SELECT
    payments.payment_id AS place, payments.whole, payments.currency,
    jsonb_object_agg(shares.order_id, shares.claimed) AS shares,
    sum(shares.claimed) > payments.whole
    OR (sum(shares.claimed) < payments.whole AND max(shares.claimed_at) < now() - interval '1 day') AS wrong
FROM page
INNER JOIN payments ON page.payment_id = payments.payment_id
INNER JOIN payment_shares AS shares ON page.payment_id = shares.payment_id
GROUP BY payments.payment_id
ORDER BY payments.payment_id
