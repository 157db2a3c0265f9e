-- Of the runs $1 it is known since $2 whether their orders go on.
UPDATE broken_runs SET judged_at = $2 WHERE run_id = ANY($1::text [])
