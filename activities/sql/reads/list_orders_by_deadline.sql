-- One page of orders with a deadline, the soonest first: buyer $1, seller $2, status $3, waiting on $4, due before $5,
-- stage $6 (null: any), only those that need attention if $7, after the row ($8, $9) of the page before (null: from the
-- top), at most $10 rows.
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
    -- Where nothing narrows, by the index of all; else never by it (migrations/0035_lists_by_filter.sql).
    AND (
        version >= 0
        OR coalesce($1::text, $2::text, $3::text, $4::text, $6::text) IS NOT NULL
        OR $7::boolean
    )
    AND (entry >= 0 OR coalesce($1::text, $2::text) IS NOT NULL)
ORDER BY deadline_at, order_id
LIMIT $10
