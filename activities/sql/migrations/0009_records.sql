-- The rank of a record gains when it was decided: from its second attempt on a workflow task has the same length each time.
ALTER TABLE orders ADD COLUMN decided_at timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE orders ALTER COLUMN decided_at DROP DEFAULT;
