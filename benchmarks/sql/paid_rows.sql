-- The payments of so many rows ($1) like that of the order $2 (`waiting_rows.sql`), each brought and its order's own.
WITH paid AS (
    SELECT $2 || '~' || number AS order_id
    FROM generate_series(1, $1::integer) AS number
),
brought AS (
    INSERT INTO payments (payment_id, brought, whole, currency, word_of)
    SELECT 'pay-' || paid.order_id, 1000, 1000, 'USD', paid.order_id FROM paid
)
INSERT INTO payment_shares (payment_id, order_id, amount, claimed, whole, stands)
SELECT 'pay-' || paid.order_id, paid.order_id, 1000, 1000, 1000, true FROM paid
