-- Keeps the disagreements $1 (JSON), found when the day $2 was reconciled. One that was resolved and says something
-- else now is open again; one that was repaired is resolved.
INSERT INTO disagreements (kind, key, order_id, ours, theirs, day, resolved_at, note)
SELECT DISTINCT ON (given.kind, given.key)
    given.kind, given.key, given.order_id, given.ours, given.theirs, $2,
    CASE WHEN given.repaired THEN now() END, given.note
FROM jsonb_to_recordset($1::jsonb) AS given (
    kind text, key text, order_id text, ours jsonb, theirs jsonb, repaired boolean, note text
)
ORDER BY given.kind, given.key
ON CONFLICT (kind, key) DO UPDATE SET
    order_id = excluded.order_id,
    ours = excluded.ours,
    theirs = excluded.theirs,
    last_seen_at = now(),
    resolved_at = CASE
        WHEN excluded.resolved_at IS NOT NULL THEN excluded.resolved_at
        WHEN (disagreements.ours, disagreements.theirs) IS NOT DISTINCT FROM (excluded.ours, excluded.theirs)
            THEN disagreements.resolved_at
    END,
    note = coalesce(disagreements.note, excluded.note)
