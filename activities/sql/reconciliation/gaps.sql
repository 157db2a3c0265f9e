-- The entries that the row of the order $1 counts, and its timeline has not.
SELECT counted.entry
FROM orders
CROSS JOIN LATERAL generate_series(1, orders.entry) AS counted (entry)
LEFT JOIN timeline ON timeline.order_id = orders.order_id AND timeline.entry = counted.entry
WHERE orders.order_id = $1 AND timeline.entry IS NULL
ORDER BY counted.entry
