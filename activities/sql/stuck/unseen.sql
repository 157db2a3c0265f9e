-- Ends at $3 every open row of kind $1 that the look that began at $2 has not seen, and no later one.
UPDATE stuck SET ended_at = $3 WHERE ended_at IS NULL AND kind = $1 AND seen_at < $2
