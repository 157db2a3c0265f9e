-- Has $2 work on the order $1 for so long as $3 from now, unless somebody else does.
INSERT INTO leases (order_id, held_by, until) VALUES ($1, $2, now() + $3)
ON CONFLICT (order_id) DO UPDATE SET
    held_by = excluded.held_by,
    until = excluded.until,
    taken_at = CASE
        WHEN leases.held_by = excluded.held_by AND leases.until > now() THEN leases.taken_at ELSE now()
    END
WHERE leases.held_by = excluded.held_by OR leases.until <= now()
RETURNING held_by, until, taken_at, forced_by, forced_from, forced_at
