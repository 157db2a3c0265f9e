-- What the orders say of their money, and how many of them are not done with it.
SELECT
    count(*) AS orders, coalesce(sum(captured), 0)::bigint AS captured, coalesce(sum(refunded), 0)::bigint AS refunded,
    count(*) FILTER (WHERE closed_at IS NULL OR refunded <> captured OR captured = 0) AS open,
    count(*) FILTER (WHERE shortfall > 0) AS short
FROM orders
