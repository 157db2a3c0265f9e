-- The newest approvals of the status $1 and the order $2 (null: any), before the approval $3 (null: from the newest), at
-- most $4.
SELECT
    approval_id, order_id, command, message, request_id, version, at_stake, asked_by, asked_as, asked_through, asked_at,
    expires_at, decided_by, decided_at, note, answer, refusal,
    CASE WHEN state = 'awaiting_approval' AND expires_at <= now() THEN 'expired' ELSE state END AS status
FROM approvals
WHERE
    ($1::text IS NULL OR state = CASE $1 WHEN 'expired' THEN 'awaiting_approval' ELSE $1 END)
    AND ($1 IS NULL OR $1 NOT IN ('awaiting_approval', 'expired') OR (expires_at <= now()) = ($1 = 'expired'))
    AND ($2::text IS NULL OR order_id = $2)
    AND ($3::bigint IS NULL OR approval_id < $3)
ORDER BY approval_id DESC
LIMIT $4
