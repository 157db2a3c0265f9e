-- Whose the order $1 is and how far it has come, and its state as it was recorded last, unless that is of version $2, or
-- the order is not the buyer's $3 and the seller's $4 (null: anybody's): reading it takes time, by which somebody else
-- could tell that there is such an order.
SELECT
    buyer_id, seller_id, version, entry, closed_at,
    CASE WHEN shown THEN state::text END AS state,
    CASE WHEN shown THEN state ->> 'locale' END AS locale
FROM orders
CROSS JOIN LATERAL (
    SELECT
        version IS DISTINCT FROM $2::bigint
        AND coalesce(buyer_id = $3::text, true) AND coalesce(seller_id = $4::text, true) AS shown
) AS asked
WHERE order_id = $1
