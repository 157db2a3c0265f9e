-- The newest approval of the order $1 that waits for the message $3 of the name $2, under whatever request id.
SELECT approval_id
FROM approvals
WHERE
    order_id = $1 AND command = $2 AND state = 'awaiting_approval' AND expires_at > now()
    AND message - 'request_id' = $3::text::jsonb - 'request_id'
ORDER BY approval_id DESC
LIMIT 1
