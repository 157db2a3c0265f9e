-- The entry with which the order $1 took the request $3 of the role $2: a message of the name $4, for another one may have
-- been sent under the same id.
SELECT entry
FROM timeline
WHERE order_id = $1 AND role = $2 AND request_id = $3 AND name = $4 AND outcome <> 'refused'
LIMIT 1
