-- Forgets what the provider $1 did before $2.
DELETE FROM provider_book WHERE provider = $1 AND created_at < $2
