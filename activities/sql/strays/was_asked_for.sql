-- Whether we ever asked a provider for this refund or release of this order: a row is written before any call.
SELECT EXISTS (
    SELECT FROM payment_calls WHERE order_id = $1 AND kind = $2 AND record_id = $3
)
