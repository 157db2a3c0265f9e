-- The approval $1; or, where that is null, the one of the request $3 to the order $2.
SELECT
    approval_id, order_id, command, message, request_id, version, at_stake, asked_by, asked_as, asked_through, asked_at,
    expires_at, decided_by, decided_at, note, answer, refusal,
    CASE WHEN state = 'awaiting_approval' AND expires_at <= now() THEN 'expired' ELSE state END AS status
FROM approvals
WHERE approval_id = $1 OR (order_id = $2 AND request_id = $3)
