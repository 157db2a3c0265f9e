-- The feed: every timeline entry of every order in one sequence without gaps. A numbered event stays as it is for ever.

-- What an entry led to; null of one that was written before this, or is written by a worker of the version before.
ALTER TABLE timeline
ADD COLUMN version bigint,
ADD COLUMN status text;

CREATE TABLE events (
    -- The last one's and one more. No sequence of Postgres: that leaves gaps, and its numbers are not in order of commit.
    seq bigint PRIMARY KEY,
    order_id text COLLATE "C" NOT NULL,
    entry bigint NOT NULL,
    -- The event whose place it takes: the last one of the same entry.
    replaces bigint,
    buyer_id text NOT NULL,
    seller_id text NOT NULL,
    version bigint,
    name text NOT NULL,
    outcome text NOT NULL,
    at timestamptz NOT NULL,
    role text NOT NULL,
    party_id text NOT NULL,
    from_stage text,
    to_stage text NOT NULL,
    status text,
    currency text NOT NULL,
    money jsonb NOT NULL,
    summary text NOT NULL,
    -- Of what the summary is made: by it the event is told in the reader's language.
    said jsonb,
    -- Beside the platform: buyer, seller, and others, who are of neither side. Decided with the number (feed/number.sql).
    seen_by text [] NOT NULL,
    numbered_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX events_of_order ON events (order_id, seq);
-- The last event of an entry.
CREATE INDEX events_of_entry ON events (order_id, entry, seq DESC);
CREATE INDEX events_of_buyer ON events (buyer_id, seq);
CREATE INDEX events_of_seller ON events (seller_id, seq);

-- From which entry on an order's timeline was written anew, until somebody has numbered it. Almost always empty.
CREATE TABLE unnumbered (
    -- In order of commit for one order, since its records wait for each other: what is taken by it leaves nothing behind.
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id text COLLATE "C" NOT NULL,
    entry bigint NOT NULL
);
-- Every worker looks into it all the time, and pays for each row that was taken and is not cleared away.
ALTER TABLE unnumbered SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- The record itself says what is unnumbered (records/record.sql). A worker of the version before does not, nor does
-- whoever mends a row by hand: for those there are triggers, which a record of this version does not set off, but for
-- the rare one that replaces what was recorded.
CREATE FUNCTION timeline_unnumbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF tg_op = 'DELETE' THEN
        INSERT INTO unnumbered (order_id, entry) VALUES (old.order_id, old.entry);
    ELSE
        INSERT INTO unnumbered (order_id, entry) VALUES (new.order_id, new.entry);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER timeline_told AFTER INSERT ON timeline
FOR EACH ROW WHEN (new.status IS NULL) EXECUTE FUNCTION timeline_unnumbered();
CREATE TRIGGER timeline_untold AFTER UPDATE OR DELETE ON timeline
FOR EACH ROW EXECUTE FUNCTION timeline_unnumbered();
