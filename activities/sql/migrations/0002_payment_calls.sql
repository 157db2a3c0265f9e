-- What we have asked the payment provider for: one row per attempt, written before the call is made.
CREATE TABLE payment_calls (
    -- The provider's idempotency key; the payments activity is the only writer.
    key text PRIMARY KEY,
    order_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('refund', 'release')),
    -- The refund or release that this is an attempt of.
    record_id text NOT NULL,
    attempt integer NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    -- A refund goes back to a payment, a release to a seller.
    payment_id text,
    seller_id text,
    -- `calling` until the provider has said something: whether the money moved is not known here.
    state text NOT NULL,
    provider_reference text,
    failure_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((payment_id IS NOT NULL) = (kind = 'refund') AND (seller_id IS NOT NULL) = (kind = 'release'))
);

CREATE INDEX payment_calls_of_order ON payment_calls (order_id);
