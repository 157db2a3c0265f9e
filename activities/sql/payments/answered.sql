-- What the provider said of a call.
UPDATE payment_calls
SET state = $2, provider_reference = $3, failure_reason = $4, updated_at = now()
WHERE key = $1
