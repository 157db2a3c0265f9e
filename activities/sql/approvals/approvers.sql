-- Who approved which of the requests $2 to the order $1.
SELECT request_id, decided_by
FROM approvals
WHERE order_id = $1 AND request_id = ANY($2::text []) AND state IN ('approved', 'sent')
