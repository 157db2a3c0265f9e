-- Writes down what came of the approval $1, once it was approved: the state $2, the answer $3 or the refusal $4. That it was
-- taken is the last word, also over somebody who was told no while somebody else was sending it.
UPDATE approvals SET state = $2, answer = $3::text::jsonb, refusal = $4::text::jsonb
WHERE approval_id = $1 AND (state = 'approved' OR ($2 = 'sent' AND state IN ('refused', 'outgrown')))
