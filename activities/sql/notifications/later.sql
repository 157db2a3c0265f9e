-- Try $2 of the delivery $1 did not succeed for reason $4; the next is due at $3.
UPDATE deliveries SET next_try_at = $3, last_error = $4
WHERE message_id = $1 AND tries = $2 AND state = 'waiting'
