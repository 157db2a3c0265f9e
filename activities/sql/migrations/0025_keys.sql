-- Keys of programs that call the gateway. A key itself is shown once, when it is made, and never kept.
CREATE TABLE keys (
    key_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- What people call it; also the id under which it speaks to orders where it speaks for nobody else.
    name text NOT NULL,
    -- SHA-256: a key is 256 random bits, so nobody finds it again by trying.
    hash bytea NOT NULL UNIQUE,
    -- How it begins, to tell it from the others in a list.
    begins text NOT NULL,
    scopes text[] NOT NULL,
    bound_role text,
    bound_id text,
    made_at timestamptz NOT NULL DEFAULT now(),
    made_by text NOT NULL,
    -- The key with which it was made, whoever that acted for; null: with a token, or at the command line.
    made_through bigint REFERENCES keys,
    revoked_at timestamptz,
    CHECK ((bound_role IS NULL) = (bound_id IS NULL))
);

CREATE INDEX keys_by_made_through ON keys (made_through) WHERE made_through IS NOT NULL;
