-- Decides the approval $1, if nobody has and it has not expired: the state $2, by $3, with the note $4.
UPDATE approvals SET state = $2, decided_by = $3, decided_at = now(), note = $4
WHERE approval_id = $1 AND state = 'awaiting_approval' AND expires_at > now()
RETURNING approval_id
