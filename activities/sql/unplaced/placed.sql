-- The fact $1 was given to its order at $2.
UPDATE unplaced SET ended_at = $2, ended_as = 'placed'
WHERE id = $1 AND ended_at IS NULL
