-- The last recorded state of the order $1, and the run that opened it.
SELECT state::text AS state, opened_by FROM orders WHERE order_id = $1
