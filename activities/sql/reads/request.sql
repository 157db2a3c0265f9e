-- The entry with which the order $1 took the request $3 of the role $2.
SELECT entry
FROM timeline
WHERE order_id = $1 AND role = $2 AND request_id = $3 AND outcome <> 'refused'
LIMIT 1
