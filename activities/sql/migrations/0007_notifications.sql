-- Who is told of their notices by e-mail or webhook, and what became of each message.

-- When a notice was written last, and when it was matched with the subscriptions. A notice that is written anew is
-- matched anew. The notices that are there already were told by the inbox alone, and stay so.
ALTER TABLE inbox
ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN matched_at timestamptz DEFAULT now();
ALTER TABLE inbox ALTER COLUMN matched_at DROP DEFAULT;

CREATE INDEX inbox_to_match ON inbox (recorded_at) WHERE matched_at IS NULL;
CREATE UNIQUE INDEX inbox_notice_id ON inbox (notice_id);

CREATE TABLE subscriptions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    role text NOT NULL,
    -- Empty for the platform, as in the inbox.
    party_id text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'webhook')),
    -- The e-mail address or the webhook's URL. Personal data: it stands here, and nowhere else.
    target text NOT NULL,
    language text NOT NULL,
    -- Null: every kind.
    kinds text [],
    -- Signs a webhook; after a rotation the old one signs beside it until an instant.
    secret text,
    old_secret text,
    old_secret_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz,
    disabled_why text,
    UNIQUE (role, party_id, channel, target),
    CHECK ((secret IS NOT NULL) = (channel = 'webhook')),
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CHECK ((disabled_at IS NULL) = (disabled_why IS NULL))
);

CREATE TABLE deliveries (
    -- A notice that is taken back before it was told takes its deliveries along.
    notice_id bigint NOT NULL REFERENCES inbox (notice_id) ON DELETE CASCADE,
    subscription_id bigint NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
    -- The webhook-id or Message-ID of every try: by it a receiver knows what it has already.
    message_id text NOT NULL DEFAULT 'msg_' || replace(gen_random_uuid()::text, '-', '') UNIQUE,
    -- failed: the receiver refused it for good. dead: tried for as long as we try, or its subscription was disabled.
    state text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'dead')),
    tries integer NOT NULL DEFAULT 0,
    first_tried_at timestamptz,
    -- While it is being tried: when it is taken for lost, and tried again.
    next_try_at timestamptz NOT NULL,
    last_error text,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (notice_id, subscription_id)
);

CREATE INDEX deliveries_due ON deliveries (next_try_at) WHERE state = 'waiting';
CREATE INDEX deliveries_of_subscription ON deliveries (subscription_id, state, next_try_at);
