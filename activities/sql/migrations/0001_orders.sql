-- The read model: the order as lists show it, its timeline, and everybody's inbox. One writer, the record activity.

CREATE TABLE orders (
    -- Ids compare by bytes, so that a page's cursor means the same under every locale.
    order_id text COLLATE "C" PRIMARY KEY,
    buyer_id text NOT NULL,
    seller_id text NOT NULL,
    stage text NOT NULL,
    status text NOT NULL,
    waiting_on text NOT NULL,
    currency text NOT NULL,
    total bigint NOT NULL,
    captured bigint NOT NULL,
    refunded bigint NOT NULL,
    refunding bigint NOT NULL,
    released bigint NOT NULL,
    held bigint NOT NULL,
    shortfall bigint NOT NULL,
    refund_state text NOT NULL,
    needs_attention boolean NOT NULL,
    deadline_kind text,
    deadline_at timestamptz,
    next_deadline_at timestamptz,
    version bigint NOT NULL,
    -- The last timeline entry this row knows of.
    entry bigint NOT NULL,
    created_at timestamptz NOT NULL,
    closed_at timestamptz,
    reason text,
    -- When in Temporal's order of things it was recorded last: the start of the run, and the length of its history then.
    -- A workflow task may fail after its record was written, and be decided anew: the later record wins, whole.
    run_started_at timestamptz NOT NULL,
    history_length bigint NOT NULL,
    -- The workflow run that started the order; another run's start of the same id is refused.
    opened_by text NOT NULL,
    -- The whole order, for the run that a late fact wakes. Large: no list reads it.
    state jsonb NOT NULL
);

-- "My orders" of every kind is newest first; one index per filter that narrows to few rows.
CREATE INDEX orders_newest ON orders (created_at DESC, order_id DESC);
CREATE INDEX orders_by_buyer ON orders (buyer_id, created_at DESC, order_id DESC);
CREATE INDEX orders_by_seller ON orders (seller_id, created_at DESC, order_id DESC);
CREATE INDEX orders_by_status ON orders (status, created_at DESC, order_id DESC);
CREATE INDEX orders_by_waiting_on ON orders (waiting_on, created_at DESC, order_id DESC);
CREATE INDEX orders_by_deadline ON orders (deadline_at) WHERE deadline_at IS NOT NULL;

CREATE TABLE timeline (
    order_id text COLLATE "C" NOT NULL,
    entry bigint NOT NULL,
    at timestamptz NOT NULL,
    role text NOT NULL,
    party_id text NOT NULL,
    name text NOT NULL,
    outcome text NOT NULL,
    from_stage text,
    to_stage text NOT NULL,
    summary text NOT NULL,
    why text,
    money jsonb NOT NULL,
    text text,
    attachments jsonb NOT NULL,
    platform_only boolean NOT NULL,
    request_id text,
    PRIMARY KEY (order_id, entry)
);

CREATE TABLE inbox (
    order_id text COLLATE "C" NOT NULL,
    entry bigint NOT NULL,
    -- Which of the entry's notices, counted from 1: two notices of one kind to one party are both kept.
    number integer NOT NULL,
    role text NOT NULL,
    -- Empty for the platform: whoever of it is on duty.
    party_id text NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    due_at timestamptz,
    -- The order of arrival, by which an inbox is paged.
    notice_id bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (order_id, entry, number)
);

CREATE INDEX inbox_by_party ON inbox (role, party_id, notice_id DESC);
