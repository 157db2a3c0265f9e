-- Keeps a page of the book of the provider $1: $2 is the JSON of its entries.
INSERT INTO provider_book (
    provider, kind, key, reference, order_id, amount, currency, state, created_at, payment_id, is_ours, reason
)
SELECT DISTINCT ON (given.kind, given.key, given.reference)
    $1, given.kind, given.key, given.reference, given.order_id, given.amount, given.currency, given.state,
    given.created_at, given.payment_id, given.is_ours, given.reason
FROM jsonb_populate_recordset(null::provider_book, $2::jsonb) AS given
ORDER BY given.kind, given.key, given.reference, given.created_at DESC
ON CONFLICT (provider, kind, key, reference) DO UPDATE SET
    order_id = excluded.order_id,
    amount = excluded.amount,
    currency = excluded.currency,
    state = excluded.state,
    created_at = excluded.created_at,
    payment_id = excluded.payment_id,
    is_ours = excluded.is_ours,
    reason = excluded.reason
