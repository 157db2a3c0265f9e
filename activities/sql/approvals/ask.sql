-- Keeps that $7 (also known as $8, through the key $9) asks for the message $3 of the name $2 with the request id $4 to be
-- sent to the order $1, which was of version $5 and would move $6, for so long as $10. Nothing, where it is kept already, or
-- $11 of the order wait.
INSERT INTO approvals (
    order_id, command, message, request_id, version, at_stake, asked_by, asked_as, asked_through, expires_at
)
SELECT $1, $2, $3::text::jsonb, $4, $5, $6::text::jsonb, $7, $8, $9, now() + $10
WHERE $11 > (
    SELECT count(*) FROM approvals WHERE order_id = $1 AND state = 'awaiting_approval' AND expires_at > now()
)
ON CONFLICT (order_id, request_id) DO NOTHING
RETURNING approval_id
