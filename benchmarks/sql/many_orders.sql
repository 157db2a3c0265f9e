-- So many orders ($1) like the order $2, of as many sellers and buyers as a marketplace has, one in ten of the seller
-- `s-big`; none of them has a workflow. Nine of ten are long over; the older an order, the likelier that it is.
INSERT INTO orders
SELECT (
    jsonb_populate_record(
        orders,
        jsonb_build_object(
            'order_id', 'M-' || number,
            'buyer_id', 'b-' || number % 200000,
            'seller_id', CASE WHEN number % 10 = 0 THEN 's-big' ELSE 's-' || number % 5000 END,
            'stage', kind.stage,
            'status', kind.status,
            'waiting_on', kind.waiting_on,
            'needs_attention', number % 1000 = 7,
            'created_at', now() - number * interval '30 seconds',
            'closed_at', CASE WHEN kind.open THEN NULL ELSE now() - number * interval '29 seconds' END,
            'deadline_kind', CASE WHEN kind.open THEN 'deliver_by' END,
            'deadline_at', CASE WHEN kind.open THEN now() + (40000 - number) * interval '20 seconds' END,
            'next_deadline_at', CASE WHEN kind.open THEN now() + (40000 - number) * interval '20 seconds' END
        )
    )
).*
FROM orders
CROSS JOIN generate_series(1, $1::integer) AS number
CROSS JOIN LATERAL (
    SELECT
        number < $1 / 10 OR number % 500 = 3 AS open,
        CASE number % 20
            WHEN 0 THEN 'awaiting_shipment' WHEN 1 THEN 'delivered' WHEN 2 THEN 'cancellation_pending' ELSE 'shipped'
        END AS at_work
) AS where_it_is
CROSS JOIN LATERAL (
    SELECT
        where_it_is.open,
        CASE
            WHEN where_it_is.open THEN where_it_is.at_work WHEN number % 50 = 9 THEN 'refunded'
            WHEN number % 9 = 1 THEN 'cancelled' ELSE 'completed'
        END AS stage,
        CASE
            WHEN where_it_is.open THEN where_it_is.at_work WHEN number % 50 = 9 THEN 'refunded'
            WHEN number % 9 = 1 THEN 'cancelled' ELSE 'completed'
        END AS status,
        CASE
            WHEN NOT where_it_is.open THEN 'nobody' WHEN where_it_is.at_work = 'shipped' THEN 'carrier'
            WHEN where_it_is.at_work = 'delivered' THEN 'buyer' ELSE 'seller'
        END AS waiting_on
) AS kind
WHERE orders.order_id = $2
