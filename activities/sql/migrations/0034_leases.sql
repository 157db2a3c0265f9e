-- Leases: who of the platform works on an order's case, so that two do not. The clock ends one, and nobody clears it away.

CREATE TABLE leases (
    order_id text PRIMARY KEY COLLATE "C",
    -- `platform:ID`.
    held_by text NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    until timestamptz NOT NULL,
    -- Who last ended somebody else's before its time, and whose.
    forced_by text,
    forced_from text,
    forced_at timestamptz
);
