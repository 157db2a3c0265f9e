-- Gives the webhook subscription $1 the secret $2; the one it had signs beside it until $3. No row: there is none.
UPDATE subscriptions SET old_secret = secret, old_secret_until = $3, secret = $2
WHERE id = $1 AND channel = 'webhook'
RETURNING id
