-- Marks the disagreement $1 as resolved, with the note $2 of who looked into it. No row comes back when there is none.
UPDATE disagreements SET resolved_at = now(), note = $2 WHERE id = $1 RETURNING id
