-- The rank of a record gains when it was decided: from its second attempt on a workflow task has the same length each time.
ALTER TABLE orders ADD COLUMN decided_at timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE orders ALTER COLUMN decided_at DROP DEFAULT;

-- A run that was reset asks which commands the whole timeline knows.
CREATE INDEX timeline_requests ON timeline (order_id, request_id)
WHERE request_id IS NOT NULL AND outcome = 'accepted';
