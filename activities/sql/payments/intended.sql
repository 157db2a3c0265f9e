-- What was written down under this key: whether it is the same call.
SELECT content = $2::jsonb AS same FROM payment_calls WHERE key = $1
