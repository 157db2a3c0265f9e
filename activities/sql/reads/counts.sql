-- How many orders of the buyer $1 and the seller $2 (null: of all) have each status, wait on whom, need attention, and
-- have a deadline that was over at $3.
WITH theirs AS (
    SELECT status, waiting_on, needs_attention, deadline_at
    FROM orders
    WHERE ($1::text IS NULL OR buyer_id = $1) AND ($2::text IS NULL OR seller_id = $2)
)
SELECT 'status' AS what, status AS word, count(*) AS orders FROM theirs GROUP BY status
UNION ALL
SELECT 'waiting_on', waiting_on, count(*) FROM theirs GROUP BY waiting_on
UNION ALL
SELECT 'queue', 'needs_attention', count(*) FROM theirs WHERE needs_attention
UNION ALL
SELECT 'queue', 'overdue', count(*) FROM theirs WHERE deadline_at < $3
