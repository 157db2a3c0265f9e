-- Authorisations: what was promised and not charged stands in a column of its own, and calls may capture and void.

ALTER TABLE orders ADD COLUMN authorized bigint NOT NULL DEFAULT 0;

ALTER TABLE payment_calls DROP CONSTRAINT payment_calls_kind_check, DROP CONSTRAINT payment_calls_check;
ALTER TABLE payment_calls
ADD CONSTRAINT payment_calls_kind_check CHECK (kind IN ('refund', 'void', 'capture', 'release')),
-- All but a release are about a payment, a release is for a seller.
ADD CONSTRAINT payment_calls_check CHECK (
    (payment_id IS NOT NULL) = (kind <> 'release') AND (seller_id IS NOT NULL) = (kind = 'release')
);

-- Every attempt as its order has it, webhooks included; a refund of what was never charged is a void. Only to be asked
-- by order.
CREATE OR REPLACE VIEW order_attempts AS
SELECT
    orders.order_id,
    CASE WHEN (attempt ->> 'void')::boolean THEN 'void' ELSE 'refund' END AS kind,
    refund ->> 'refund_id' AS record_id,
    attempt ->> 'key' AS key,
    (attempt ->> 'number')::integer AS number,
    (attempt ->> 'amount')::bigint AS amount,
    refund ->> 'currency' AS currency,
    attempt ->> 'state' AS state
FROM orders
CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'refunds') AS refund
CROSS JOIN LATERAL jsonb_array_elements(refund -> 'attempts') AS attempt
UNION ALL
SELECT
    orders.order_id,
    'release',
    release ->> 'release_id',
    attempt ->> 'key',
    (attempt ->> 'number')::integer,
    (attempt ->> 'amount')::bigint,
    orders.currency,
    attempt ->> 'state'
FROM orders
CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'releases') AS release
CROSS JOIN LATERAL jsonb_array_elements(release -> 'attempts') AS attempt
UNION ALL
SELECT
    orders.order_id,
    'capture',
    orders.state -> 'capture' ->> 'capture_id',
    attempt ->> 'key',
    (attempt ->> 'number')::integer,
    (attempt ->> 'amount')::bigint,
    orders.currency,
    attempt ->> 'state'
FROM orders
CROSS JOIN LATERAL jsonb_array_elements(
    CASE WHEN jsonb_typeof(orders.state -> 'capture') = 'object' THEN orders.state -> 'capture' -> 'attempts' END
) AS attempt;

-- Every payment that was charged, as its order has it. Only to be asked by order.
CREATE OR REPLACE VIEW order_payments AS
SELECT
    orders.order_id,
    payment ->> 'payment_id' AS payment_id,
    (payment ->> 'amount')::bigint AS amount,
    payment ->> 'currency' AS currency,
    (payment ->> 'captured_at')::timestamptz AS captured_at
FROM orders
CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'payments') AS payment
WHERE payment ->> 'captured_at' IS NOT NULL;
