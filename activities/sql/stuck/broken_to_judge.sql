-- Broken runs of whose orders it is not known yet whether they go on, the longest ended first, at most $1.
SELECT run_id, order_id FROM broken_runs WHERE judged_at IS NULL ORDER BY closed_at LIMIT $1
