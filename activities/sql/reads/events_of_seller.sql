-- The feed after number $1, at most $2 events, of the orders of the seller $3, as the eyes $4 may see it.
--
-- Written as one range of the index and in its order: with `=` and the order of `seq` alone, Postgres may walk through the
-- feed of everybody instead, for whoever has much of it, and through all of it for whoever came late.
SELECT
    seq, order_id, entry, replaces, buyer_id, seller_id, version, name, outcome, at, role, party_id, from_stage, to_stage,
    status, currency, money, summary, said, seen_by
FROM events
WHERE
    (seller_id, seq) > ($3, $1) AND (seller_id, seq) <= ($3, 9223372036854775807)
    AND ($4::text = 'platform' OR $4::text = ANY (seen_by))
ORDER BY seller_id, seq
LIMIT $2
