-- The register of payments: what each brought in all, whose it is, and what of it has gone back.

CREATE TABLE payments (
    payment_id text PRIMARY KEY,
    -- What the whole payment brought, for one order or for several; 0 while the buyer's bank has only promised it.
    brought bigint NOT NULL CHECK (brought >= 0),
    currency text NOT NULL
);

CREATE TABLE payment_shares (
    payment_id text NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    -- What of the payment is this order's.
    amount bigint NOT NULL CHECK (amount >= 0),
    -- What of that has gone back to the buyer, or the buyer's bank has taken.
    returned bigint NOT NULL DEFAULT 0,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    -- Whether the order's own record has written it; else it is only claimed, and may be taken away.
    stands boolean NOT NULL,
    PRIMARY KEY (payment_id, order_id)
);

CREATE INDEX payment_shares_of_order ON payment_shares (order_id);

-- What stands today, of orders that go on running. The same payment in two orders is the first one's, and both keep
-- their share: more than it brought is never given back.
INSERT INTO payments (payment_id, brought, currency)
SELECT DISTINCT ON (payment ->> 'payment_id')
    payment ->> 'payment_id',
    CASE WHEN payment ->> 'captured_at' IS NULL THEN 0 ELSE (payment ->> 'amount')::bigint END,
    payment ->> 'currency'
FROM orders
CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'payments') AS payment
ORDER BY payment ->> 'payment_id', payment ->> 'captured_at';

INSERT INTO payment_shares (payment_id, order_id, amount, returned, claimed_at, stands)
SELECT
    payment ->> 'payment_id',
    orders.order_id,
    CASE WHEN payment ->> 'captured_at' IS NULL THEN 0 ELSE (payment ->> 'amount')::bigint END,
    coalesce(refunds.amount, 0) + coalesce(lost.amount, 0),
    coalesce((payment ->> 'captured_at')::timestamptz, orders.created_at),
    true
FROM orders
CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'payments') AS payment
LEFT JOIN LATERAL (
    SELECT sum((attempt ->> 'amount')::bigint) AS amount
    FROM jsonb_array_elements(orders.state -> 'refunds') AS refund
    CROSS JOIN LATERAL jsonb_array_elements(refund -> 'attempts') AS attempt
    WHERE
        refund ->> 'payment_id' = payment ->> 'payment_id' AND attempt ->> 'state' = 'succeeded'
        AND NOT coalesce((attempt ->> 'void')::boolean, false)
) AS refunds ON true
LEFT JOIN LATERAL (
    SELECT sum((chargeback ->> 'amount')::bigint) AS amount
    FROM jsonb_array_elements(orders.state -> 'chargebacks') AS chargeback
    WHERE chargeback ->> 'payment_id' = payment ->> 'payment_id' AND chargeback ->> 'outcome' = 'lost'
) AS lost ON true
