-- Whether we ever asked a provider for this refund or release of this order: a row is written before any call. A refund
-- of what was never charged is a void there.
SELECT EXISTS (
    SELECT FROM payment_calls
    WHERE order_id = $1 AND record_id = $3 AND CASE kind WHEN 'void' THEN 'refund' ELSE kind END = $2
)
