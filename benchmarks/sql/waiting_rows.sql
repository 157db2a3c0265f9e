-- So many rows ($1) like that of the order $2, which wait in peace; none of them has a workflow.
INSERT INTO orders
SELECT (
    jsonb_populate_record(
        orders,
        jsonb_build_object(
            'order_id', orders.order_id || '~' || number,
            'deadline_at', now() + number * interval '1 second' + interval '1 day',
            'next_deadline_at', now() + number * interval '1 second' + interval '1 day'
        )
    )
).*
FROM orders
CROSS JOIN generate_series(1, $1::integer) AS number
WHERE orders.order_id = $2
