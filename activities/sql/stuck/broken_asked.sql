-- The run $1 was asked once more what it had not written down; it is known since $2, unless that is null.
UPDATE broken_runs SET asked = asked + 1, read_at = coalesce($2, read_at) WHERE run_id = $1
