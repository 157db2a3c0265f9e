-- Ends the lease of the order $1 that $2 holds; somebody else's too if $3, and then writes down who ended whose.
UPDATE leases SET
    until = now(),
    forced_by = CASE WHEN held_by = $2 THEN forced_by ELSE $2 END,
    forced_from = CASE WHEN held_by = $2 THEN forced_from ELSE held_by END,
    forced_at = CASE WHEN held_by = $2 THEN forced_at ELSE now() END
WHERE order_id = $1 AND until > now() AND (held_by = $2 OR $3)
RETURNING held_by
