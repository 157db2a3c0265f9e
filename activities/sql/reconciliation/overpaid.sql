-- One page of the orders for which the provider $1 moved money from $2 to $3, after the order $4 (null: from the first), at
-- most $5 rows: what went out for each by the provider's own book, and what its shares of payments brought it.
WITH page AS (
    SELECT touched.order_id, orders.currency
    FROM (
        SELECT DISTINCT coalesce(calls.order_id, book.order_id, alone.order_id) AS order_id
        FROM provider_book AS book
        LEFT JOIN payment_calls AS calls ON book.kind = calls.kind AND book.key = calls.key
        LEFT JOIN LATERAL (
            SELECT min(shares.order_id) AS order_id
            FROM payment_shares AS shares
            WHERE shares.payment_id = book.payment_id AND shares.claimed > 0
            HAVING count(*) = 1
        ) AS alone ON true
        WHERE
            book.provider = $1 AND book.kind IN ('refund', 'release') AND book.created_at >= $2 AND book.created_at < $3
    ) AS touched
    INNER JOIN orders ON touched.order_id = orders.order_id
    WHERE $4::text IS NULL OR touched.order_id COLLATE "C" > $4
    ORDER BY touched.order_id COLLATE "C"
    LIMIT $5
),
-- Each entry once, whichever way leads to its order.
moved AS (
    SELECT page.order_id, book.kind, book.key, book.reference
    FROM page
    INNER JOIN payment_calls AS calls ON page.order_id = calls.order_id
    INNER JOIN provider_book AS book ON calls.kind = book.kind AND calls.key = book.key AND book.provider = $1
    UNION
    SELECT page.order_id, book.kind, book.key, book.reference
    FROM page
    INNER JOIN provider_book AS book ON page.order_id = book.order_id AND book.provider = $1
    WHERE
        book.kind IN ('refund', 'release')
        AND NOT EXISTS (SELECT FROM payment_calls AS calls WHERE book.kind = calls.kind AND book.key = calls.key)
    UNION
    SELECT page.order_id, book.kind, book.key, book.reference
    FROM page
    INNER JOIN payment_shares AS shares ON page.order_id = shares.order_id
    INNER JOIN provider_book AS book ON shares.payment_id = book.payment_id AND book.provider = $1
    WHERE
        book.kind = 'refund' AND NOT book.is_ours AND book.order_id IS NULL
        AND NOT EXISTS (
            SELECT FROM payment_shares AS others
            WHERE
                others.payment_id = shares.payment_id AND others.order_id <> shares.order_id AND others.claimed > 0
        )
)
SELECT page.order_id AS place, page.order_id, page.currency, sent.amount AS sent, brought.amount AS brought
FROM page
CROSS JOIN LATERAL (
    SELECT coalesce(sum(book.amount), 0)::bigint AS amount
    FROM moved
    INNER JOIN provider_book AS book
        ON moved.kind = book.kind AND moved.key = book.key AND moved.reference = book.reference AND book.provider = $1
    WHERE
        moved.order_id = page.order_id AND book.state NOT IN ('failed', 'reversed')
        AND book.currency = page.currency
) AS sent
CROSS JOIN LATERAL (
    SELECT coalesce(sum(shares.amount), 0)::bigint AS amount
    FROM payment_shares AS shares
    INNER JOIN payments ON shares.payment_id = payments.payment_id
    WHERE shares.order_id = page.order_id AND payments.currency = page.currency
) AS brought
ORDER BY page.order_id COLLATE "C"
