-- The look that began at $1 has ended, at $2.
UPDATE looks SET began_at = greatest(began_at, $1), ended_at = greatest(ended_at, $2)
