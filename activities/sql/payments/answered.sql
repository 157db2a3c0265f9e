-- What the provider said of a call; or, with $5, that it never came there: only if nobody has tried it since, for $5.
UPDATE payment_calls
SET state = $2, provider_reference = $3, failure_reason = $4, updated_at = now()
WHERE
    key = $1
    AND ($5::interval IS NULL OR (state = 'calling' AND coalesce(tried_at <= now() - $5, true)))
