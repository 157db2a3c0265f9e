-- Keeps runs $1 of the orders $2 that ended at $3 without carrying them to their end, each once.
INSERT INTO broken_runs (run_id, order_id, closed_at)
SELECT given.run_id, given.order_id, given.closed_at
FROM unnest($1::text [], $2::text [], $3::timestamptz []) AS given (run_id, order_id, closed_at)
ON CONFLICT (run_id) DO NOTHING
