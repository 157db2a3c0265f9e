-- The subscription $1, of everybody (role $2 is null) or of role $2 and party $3.
SELECT id
FROM subscriptions
WHERE id = $1 AND ($2::text IS NULL OR (role = $2 AND party_id = $3))
