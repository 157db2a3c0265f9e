-- What we have asked the payment provider for: one row per attempt, written before the call is made.
CREATE TABLE payment_calls (
    key text PRIMARY KEY,
    order_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('refund', 'release')),
    content jsonb NOT NULL,
    state text NOT NULL,
    provider_reference text,
    failure_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX payment_calls_of_order ON payment_calls (order_id);
