-- Marks as told at $1 what needs a person since then. Of two workers at once each row comes back to one.
UPDATE unplaced SET told_at = $1
WHERE ended_at IS NULL AND told_at IS NULL AND attention_at <= $1
RETURNING id, name, order_id, why, said
