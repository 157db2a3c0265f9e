-- Keeps what the look that began at $2 has found ($1, JSON), each once: what is known already is only seen again.
--
-- What ended after this look began is not opened anew: another look has seen it go on since.
WITH given AS (
    SELECT found.order_id, found.kind, found.run_id, found.cause, found.facts, found.entries, found.since
    FROM jsonb_to_recordset($1::jsonb) AS found (
        order_id text, kind text, run_id text, cause text, facts jsonb, entries jsonb, since timestamptz
    )
),
seen AS (
    UPDATE stuck SET cause = given.cause, facts = given.facts, seen_at = greatest(stuck.seen_at, $2)
    FROM given
    WHERE
        stuck.order_id = given.order_id AND stuck.kind = given.kind AND stuck.run_id = given.run_id
        AND stuck.ended_at IS NULL
)
INSERT INTO stuck (order_id, kind, run_id, cause, facts, entries, since, found_at, seen_at)
SELECT given.order_id, given.kind, given.run_id, given.cause, given.facts, given.entries, given.since, $2, $2
FROM given
WHERE NOT EXISTS (
    SELECT FROM stuck AS known
    WHERE
        known.order_id = given.order_id AND known.kind = given.kind AND known.run_id = given.run_id
        AND (known.ended_at IS NULL OR known.ended_at > $2)
)
ON CONFLICT DO NOTHING
