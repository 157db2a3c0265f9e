-- One page of what the provider $1 did for us from $2 to $3, by kind and key after $4 (null: from the first), at most $5 rows,
-- each with every entry that the provider has under that key, and what we know of it.
WITH page AS (
    SELECT DISTINCT book.kind || ' ' || book.key COLLATE "C" AS place, book.kind, book.key
    FROM provider_book AS book
    WHERE
        book.provider = $1 AND book.created_at >= $2 AND book.created_at < $3
        -- What others gave back has no key that we could know it by, and is compared by itself.
        AND (book.is_ours OR book.kind <> 'refund')
        AND ($4::text IS NULL OR book.kind || ' ' || book.key COLLATE "C" > $4)
    ORDER BY place
    LIMIT $5
),
theirs AS (
    SELECT
        page.place, page.kind, page.key,
        jsonb_agg(
            jsonb_build_object(
                'reference', book.reference, 'order_id', book.order_id, 'amount', book.amount,
                'currency', book.currency, 'state', book.state, 'created_at', book.created_at
            )
            ORDER BY book.created_at, book.reference
        ) AS entries,
        (array_agg(book.order_id ORDER BY book.created_at, book.reference))[1] AS order_id
    FROM page
    INNER JOIN provider_book AS book ON page.kind = book.kind AND page.key = book.key AND book.provider = $1
    GROUP BY page.place, page.kind, page.key
)
SELECT
    theirs.place, theirs.kind, theirs.key, theirs.entries, theirs.order_id AS their_order_id,
    orders.order_id IS NOT NULL OR elsewhere.payment_id IS NOT NULL AS known,
    coalesce(calls.order_id, shared.order_id, paid.order_id, elsewhere.word_of) AS order_id,
    coalesce(calls.amount, shared.amount, paid.amount, elsewhere.brought) AS amount,
    coalesce(calls.currency, shared.currency, paid.currency, elsewhere.currency) AS currency,
    CASE
        WHEN coalesce(shared.order_id, paid.order_id, elsewhere.word_of) IS NOT NULL THEN 'succeeded'
        ELSE coalesce(attempts.state, calls.state)
    END AS state,
    calls.record_id, calls.attempt
FROM theirs
LEFT JOIN payment_calls AS calls ON theirs.kind = calls.kind AND theirs.key = calls.key
LEFT JOIN LATERAL (
    -- A payment of several orders names none of them: what the register knows of the whole.
    SELECT shares.order_id, registered.whole AS amount, registered.currency
    FROM payments AS registered
    INNER JOIN payment_shares AS shares ON registered.payment_id = shares.payment_id
    WHERE theirs.kind = 'payment' AND theirs.order_id IS NULL AND registered.payment_id = theirs.key AND shares.stands
    ORDER BY shares.claimed_at, shares.order_id
    LIMIT 1
) AS shared ON true
LEFT JOIN orders ON orders.order_id = coalesce(calls.order_id, theirs.order_id, shared.order_id)
LEFT JOIN LATERAL (
    -- By order, one at a time: the planner must not take apart the state of every order there is.
    SELECT order_attempts.state
    FROM order_attempts
    WHERE order_attempts.order_id = calls.order_id AND order_attempts.key = calls.key
    LIMIT 1
) AS attempts ON true
LEFT JOIN LATERAL (
    SELECT order_payments.order_id, order_payments.amount, order_payments.currency
    FROM order_payments
    WHERE
        theirs.kind = 'payment' AND order_payments.order_id = orders.order_id
        AND order_payments.payment_id = theirs.key
    LIMIT 1
) AS paid ON true
-- One that is another order's than the provider says.
LEFT JOIN payments AS elsewhere
    ON
        theirs.kind = 'payment' AND theirs.key = elsewhere.payment_id AND elsewhere.brought > 0
        AND coalesce(shared.order_id, paid.order_id) IS NULL
ORDER BY theirs.place
