-- Whose the order $1 is and how far it has come, and its state as it was recorded last, unless that is of version $2.
SELECT
    buyer_id, seller_id, version, entry, closed_at,
    CASE WHEN version IS DISTINCT FROM $2::bigint THEN state::text END AS state,
    CASE WHEN version IS DISTINCT FROM $2::bigint THEN state ->> 'locale' END AS locale
FROM orders
WHERE order_id = $1
