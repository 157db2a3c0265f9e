-- Broken runs that have not yet said what they did not write down, those that were asked least first, at most $1.
SELECT run_id, order_id, closed_at, asked FROM broken_runs
WHERE read_at IS NULL
ORDER BY asked, closed_at
LIMIT $1
