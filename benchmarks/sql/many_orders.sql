-- So many orders ($1) like the order $2, of as many sellers and buyers as a marketplace has, one in ten of the seller
-- `s-big`; none of them has a workflow. Nine of ten are long over; the older an order, the likelier that it is.
INSERT INTO orders (
    order_id, buyer_id, seller_id, stage, status, waiting_on, currency, total, authorized, captured, refunded, refunding,
    released, held, shortfall, refund_state, needs_attention, deadline_kind, deadline_at, next_deadline_at, version, entry,
    created_at, closed_at, reason, run_started_at, history_length, opened_by, decided_at, state
)
SELECT
    'M-' || number,
    'b-' || number % 200000,
    CASE WHEN number % 10 = 0 THEN 's-big' ELSE 's-' || number % 5000 END,
    kind.stage,
    kind.stage,
    CASE
        WHEN NOT kind.open THEN 'nobody' WHEN kind.stage = 'shipped' THEN 'carrier'
        WHEN kind.stage = 'delivered' THEN 'buyer' ELSE 'seller'
    END,
    alike.currency, alike.total, alike.authorized, alike.captured, alike.refunded, alike.refunding, alike.released,
    alike.held, alike.shortfall, alike.refund_state,
    number % 1000 = 70,
    CASE WHEN kind.open THEN 'deliver_by' END,
    CASE WHEN kind.open THEN now() + ($1 / 25 - number) * interval '20 seconds' END,
    CASE WHEN kind.open THEN now() + ($1 / 25 - number) * interval '20 seconds' END,
    alike.version, alike.entry,
    now() - number * interval '30 seconds',
    CASE WHEN NOT kind.open THEN now() - number * interval '29 seconds' END,
    alike.reason, alike.run_started_at, alike.history_length, alike.opened_by, alike.decided_at, alike.state
FROM orders AS alike
CROSS JOIN generate_series(1, $1::integer) AS number
CROSS JOIN LATERAL (SELECT number < $1 / 10 OR number % 500 = 3 AS open) AS where_it_is
CROSS JOIN LATERAL (
    SELECT
        where_it_is.open,
        CASE
            WHEN NOT where_it_is.open AND number % 50 IN (9, 10) THEN 'refunded'
            WHEN NOT where_it_is.open AND number % 9 = 1 THEN 'cancelled'
            WHEN NOT where_it_is.open THEN 'completed'
            WHEN number % 20 IN (0, 3) THEN 'awaiting_shipment'
            WHEN number % 20 IN (1, 10) THEN 'delivered'
            WHEN number % 20 = 2 THEN 'cancellation_pending'
            ELSE 'shipped'
        END AS stage
) AS kind
WHERE alike.order_id = $2
