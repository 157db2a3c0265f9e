-- The feed of the order $3 after number $1, at most $2 events, as the eyes $6 may see it. Nothing, unless it is an order
-- of the buyer $4 and the seller $5 (null: anybody's).
--
-- Written as one range of the index and in its order: with `=` and the order of `seq` alone, Postgres may walk through the
-- feed of everybody instead, for whoever has much of it, and through all of it for whoever came late. For the same reason
-- no other column is compared by `=`.
SELECT
    seq, order_id, entry, replaces, buyer_id, seller_id, version, name, outcome, at, role, party_id, from_stage, to_stage,
    status, currency, money, summary, said, seen_by
FROM events
WHERE
    (order_id, seq) > ($3, $1) AND (order_id, seq) <= ($3, 9223372036854775807)
    AND ($6::text = 'platform' OR $6::text = ANY (seen_by))
    AND buyer_id IS NOT DISTINCT FROM coalesce($4::text, buyer_id)
    AND seller_id IS NOT DISTINCT FROM coalesce($5::text, seller_id)
ORDER BY order_id, seq
LIMIT $2
