-- What a payment provider told us and nobody could place, and which order a payment belongs to. Writer: the gateway.

CREATE TABLE strays (
    -- The order of arrival, by which they are listed.
    stray_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider text NOT NULL,
    -- The provider's own id of the webhook, or the digest of its body where it could not be read.
    webhook_id text NOT NULL,
    -- The fact that it would have been, and its order, as far as they could be read.
    name text,
    order_id text COLLATE "C",
    -- As it came; not text of ours, and never taken for it.
    body text NOT NULL CHECK (octet_length(body) <= 262144),
    -- Why it could not be placed, as a sentence.
    why text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    -- A provider repeats itself: the same webhook is one stray.
    UNIQUE (provider, webhook_id)
);

-- A chargeback names its payment and no order.
CREATE TABLE payment_orders (
    payment_id text PRIMARY KEY,
    order_id text COLLATE "C" NOT NULL
);
