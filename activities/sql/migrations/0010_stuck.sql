-- Stuck orders: what the engine's own look has found, what it tells of them, and how far it has looked.

CREATE TABLE stuck (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('failing', 'paused', 'terminated', 'overdue', 'lost')),
    -- What is lost was a run's, each run's apart. The others are the order's, and this is empty.
    run_id text NOT NULL,
    -- Which sentence says why, and what stands in it (workflows/messages/stuck.py).
    cause text NOT NULL,
    facts jsonb NOT NULL,
    -- Of what is lost: number, name, instant and request id. Never what somebody wrote.
    entries jsonb,
    since timestamptz NOT NULL,
    -- When the looks began that have seen it first and last.
    found_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    -- Null while it is only suspected: what was told is what is listed and counted.
    told_at timestamptz,
    ended_at timestamptz,
    -- Of the person who said that it is done with.
    note text,
    CHECK ((kind = 'lost') = (run_id <> ''))
);

CREATE UNIQUE INDEX stuck_open ON stuck (order_id, kind) WHERE ended_at IS NULL AND kind <> 'lost';
-- Also when it has ended: what a person has looked into is not found again.
CREATE UNIQUE INDEX stuck_lost ON stuck (run_id) WHERE kind = 'lost';

-- What the look asks first. Most orders have a deadline, few have missed it.
CREATE INDEX orders_overdue ON orders (next_deadline_at) WHERE closed_at IS NULL AND next_deadline_at IS NOT NULL;

-- Runs of orders that did not end well, until the look has seen to each.
CREATE TABLE broken_runs (
    run_id text PRIMARY KEY,
    order_id text COLLATE "C" NOT NULL,
    closed_at timestamptz NOT NULL,
    -- When its order was seen to go on, was woken, or was listed.
    judged_at timestamptz,
    -- How often it was asked what it had not written, and when that was known.
    asked integer NOT NULL DEFAULT 0,
    read_at timestamptz
);

CREATE INDEX broken_runs_open ON broken_runs (closed_at) WHERE judged_at IS NULL OR read_at IS NULL;

-- One row: how far the looks have come.
CREATE TABLE looks (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Of the last look that ended.
    began_at timestamptz,
    ended_at timestamptz
);

INSERT INTO looks DEFAULT VALUES;

-- Notices of the engine's own, beside the inbox: a record that is written anew replaces its order's rows there.
CREATE TABLE stuck_notices (
    -- One row of numbers with the inbox: by them both are paged, and deliveries name their notice.
    notice_id bigint PRIMARY KEY DEFAULT nextval('inbox_notice_id_seq'),
    -- Empty when it is about many.
    order_id text COLLATE "C" NOT NULL,
    role text NOT NULL DEFAULT 'platform',
    party_id text NOT NULL DEFAULT '',
    kind text NOT NULL DEFAULT 'order_stuck',
    text text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    matched_at timestamptz
);

CREATE INDEX stuck_notices_to_match ON stuck_notices (recorded_at) WHERE matched_at IS NULL;

CREATE VIEW notices AS
SELECT notice_id, order_id, entry, role, party_id, kind, text, due_at, recorded_at FROM inbox
UNION ALL
-- No entry of the order made it, and it is due at once.
SELECT notice_id, order_id, 0::bigint, role, party_id, kind, text, NULL::timestamptz, recorded_at FROM stuck_notices;

-- A notice that is taken back still takes its deliveries along; no foreign key says so of two tables.
ALTER TABLE deliveries DROP CONSTRAINT deliveries_notice_id_fkey;

CREATE FUNCTION take_deliveries_along() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM deliveries WHERE notice_id = OLD.notice_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER inbox_takes_deliveries_along AFTER DELETE ON inbox
FOR EACH ROW EXECUTE FUNCTION take_deliveries_along();
