-- Ends the row $1 with the note $2, if it is something lost: the others end by themselves. No row comes back if there is no
-- such open row; else its kind.
WITH ended AS (
    UPDATE stuck SET ended_at = now(), note = $2 WHERE id = $1 AND kind = 'lost' AND ended_at IS NULL
)
SELECT kind FROM stuck WHERE id = $1 AND ended_at IS NULL
