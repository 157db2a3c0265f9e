-- Gives the row of the order $1 the rank of the run that loads it: started or reset at $2, history of $3 events, decided
-- at $4. A record of a run before it comes too late from then on; one that is being written now is waited for.
UPDATE orders SET run_started_at = $2, history_length = $3, decided_at = $4
WHERE order_id = $1 AND (run_started_at, history_length, decided_at) <= ($2, $3, $4)
