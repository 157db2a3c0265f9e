-- The delivery $1 has arrived, at $2.
UPDATE deliveries SET state = 'sent', sent_at = $2, last_error = NULL
WHERE message_id = $1
