-- Words about a whole payment that several orders share: what of each was whose, written before any order heard it.

CREATE TABLE allotments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payment_id text NOT NULL,
    -- The chargeback or the refund that it is about, by the provider's id.
    subject text NOT NULL,
    -- What tells this word about it from every other.
    word text NOT NULL,
    -- By order, in minor units.
    parts jsonb NOT NULL,
    allotted_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (payment_id, word)
);

CREATE INDEX allotments_by_subject ON allotments (payment_id, subject);
