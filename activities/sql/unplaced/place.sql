-- Gives the fact $1 to the order $2: a worker hands it over at once.
UPDATE unplaced SET waits_for = $2, due_at = now()
WHERE id = $1 AND ended_at IS NULL
