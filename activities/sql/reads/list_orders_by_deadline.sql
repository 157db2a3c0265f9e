-- One page of orders with a deadline, the soonest first: buyer $1, seller $2, status $3, waiting on $4, due before $5,
-- stage $6 (null: any), only those that need attention if $7, after the row ($8, $9) of the page before (null: from the
-- top), at most $10 rows.
-- $11: only this order and its parts. $12: only these orders, which a search has found (null: any). $13: only those that the
-- search finds; for one that finds more than can be named, and so meets them soon.
SELECT
    order_id, buyer_id, seller_id, stage, status, waiting_on, currency, total, authorized, captured, refunded,
    refunding, released, held, shortfall, refund_state, needs_attention, deadline_kind, deadline_at, next_deadline_at,
    version, entry, created_at, closed_at, reason
FROM orders
WHERE
    deadline_at IS NOT NULL
    AND ($1::text IS NULL OR buyer_id = $1)
    AND ($2::text IS NULL OR seller_id = $2)
    AND ($3::text IS NULL OR status = $3)
    AND ($4::text IS NULL OR waiting_on = $4)
    AND ($5::timestamptz IS NULL OR deadline_at < $5)
    AND ($6::text IS NULL OR stage = $6)
    AND (NOT $7::boolean OR needs_attention)
    AND ($8::timestamptz IS NULL OR (deadline_at, order_id) > ($8, $9::text COLLATE "C"))
    -- No id that people choose has a `~`: those of parts are `{root}~2` and on.
    AND ($11::text IS NULL OR order_id = $11 OR (order_id > $11 || '~' AND order_id < $11 || chr(127)))
    AND ($12::text [] IS NULL OR order_id = ANY($12))
    AND (
        $13::text IS NULL
        OR (
            SELECT bool_or(order_words.words @@ asked_words($13, null, null))
            FROM order_words
            WHERE order_words.order_id = orders.order_id
        )
    )
    -- Where nothing narrows, by the index of all; else never by it (migrations/0035_lists_by_filter.sql).
    AND (
        version >= 0
        OR coalesce($1::text, $2::text, $3::text, $4::text, $6::text, $11::text) IS NOT NULL
        OR $12::text [] IS NOT NULL
        OR $7::boolean
    )
    AND (entry >= 0 OR coalesce($1::text, $2::text) IS NOT NULL)
-- The few that are named are put in order, and not waited for along an index.
ORDER BY CASE WHEN $12 IS NULL THEN deadline_at ELSE deadline_at + interval '0' END, order_id
LIMIT $10
