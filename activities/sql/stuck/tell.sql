-- Marks as told at $1 what is open and was not told: at once what Temporal itself says, the rest if it was found before
-- $2. Of two looks at once each row comes back from one.
UPDATE stuck SET told_at = $1
WHERE ended_at IS NULL AND told_at IS NULL AND (kind IN ('failing', 'paused', 'terminated') OR found_at <= $2)
RETURNING id, order_id, kind, cause, facts, since, told_at
