-- Who works on which of the orders $1 now, and until when.
SELECT order_id, held_by, until, taken_at, forced_by, forced_from, forced_at
FROM leases
WHERE order_id = ANY($1::text []) AND until > now()
