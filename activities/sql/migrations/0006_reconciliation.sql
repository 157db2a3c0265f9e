-- Reconciliation: the payment provider's book as we read it, what disagrees with it, and our side as SQL can join it.

-- Kept for weeks, so that one key under two references is found also when days lie between them.
CREATE TABLE provider_book (
    provider text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('payment', 'refund', 'release')),
    key text COLLATE "C" NOT NULL,
    reference text NOT NULL,
    order_id text COLLATE "C",
    amount bigint NOT NULL,
    currency text NOT NULL,
    state text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (provider, kind, key, reference)
);

CREATE INDEX provider_book_by_time ON provider_book (provider, created_at);

CREATE TABLE disagreements (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    key text NOT NULL,
    -- Null when not even the provider can say of which order it is.
    order_id text COLLATE "C",
    ours jsonb,
    theirs jsonb,
    -- The day that was reconciled when it was first found.
    day date NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    note text,
    UNIQUE (kind, key)
);

CREATE INDEX disagreements_open ON disagreements (id) WHERE resolved_at IS NULL;

-- Most calls are answered for good at once: what is left is short.
CREATE INDEX payment_calls_not_final ON payment_calls (key)
WHERE state NOT IN ('succeeded', 'failed', 'reversed', 'settled_manually', 'cancelled');
CREATE INDEX payment_calls_by_time ON payment_calls (created_at);
-- By which the payments of a day are found: their amounts stand in the order's state.
CREATE INDEX timeline_payments ON timeline (at) WHERE name = 'payment_captured';

-- Every attempt of every refund and release as its order has it, webhooks included. Only to be asked by order.
CREATE VIEW order_attempts AS
SELECT
    orders.order_id,
    'refund' AS kind,
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
CROSS JOIN LATERAL jsonb_array_elements(release -> 'attempts') AS attempt;

-- Every payment as its order has it. Only to be asked by order.
CREATE VIEW order_payments AS
SELECT
    orders.order_id,
    payment ->> 'payment_id' AS payment_id,
    (payment ->> 'amount')::bigint AS amount,
    payment ->> 'currency' AS currency,
    (payment ->> 'captured_at')::timestamptz AS captured_at
FROM orders
CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'payments') AS payment;
