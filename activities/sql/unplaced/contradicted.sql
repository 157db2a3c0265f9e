-- The fact $1 is given to no order, as $2 says, which is made of $4 (JSON): a person looks at it, from $3 on.
UPDATE unplaced SET waits_for = NULL, due_at = NULL, why = $2, said = $4::jsonb, attention_at = $3, told_at = NULL
WHERE id = $1 AND ended_at IS NULL
