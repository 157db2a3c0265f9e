-- The feed after number $1, at most $2 events, of the orders between the buyer $3 and the seller $4, as
-- the eyes $5 may see it.
--
-- Written as one range of the index and in its order: with `=` and the order of `seq` alone, Postgres may walk through the
-- feed of everybody instead, for whoever has much of it, and through all of it for whoever came late. For the same reason
-- no other column is compared by `=`.
SELECT
    seq, order_id, entry, replaces, buyer_id, seller_id, version, name, outcome, at, role, party_id, from_stage, to_stage,
    status, currency, money, summary, said, seen_by
FROM events
WHERE
    (buyer_id, seq) > ($3, $1) AND (buyer_id, seq) <= ($3, 9223372036854775807)
    AND ($5::text = 'platform' OR $5::text = ANY (seen_by))
    AND seller_id IS NOT DISTINCT FROM $4
ORDER BY buyer_id, seq
LIMIT $2
