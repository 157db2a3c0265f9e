-- The feed after number $1, at most $2 events, as the eyes $3 may see it: the platform's see all of it.
SELECT
    seq, order_id, entry, replaces, buyer_id, seller_id, version, name, outcome, at, role, party_id, from_stage, to_stage,
    status, currency, money, summary, said, seen_by
FROM events
WHERE seq > $1 AND ($3::text = 'platform' OR $3::text = ANY (seen_by))
ORDER BY seq
LIMIT $2
