-- Ends at $3 the open rows of kind $1 of the orders $2: they go on.
UPDATE stuck SET ended_at = $3 WHERE ended_at IS NULL AND kind = $1 AND order_id = ANY($2::text [])
