-- Policies: named sets of terms. An order keeps the version that it started with, so a version is written once.

CREATE TABLE policies (
    -- `marketplace`, `seller:ID`, or any other name. By bytes, so that every machine lists them alike.
    name text NOT NULL COLLATE "C",
    version integer NOT NULL CHECK (version >= 1),
    -- What it says, and no default: one that changes later does not hide behind it.
    terms jsonb NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    -- Who wrote it.
    role text NOT NULL,
    party_id text NOT NULL,
    PRIMARY KEY (name, version)
);

CREATE FUNCTION policy_versions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % of policy % stays as it is: write the next one', OLD.version, OLD.name;
END
$$;

CREATE TRIGGER policy_versions_stay BEFORE UPDATE OR DELETE ON policies
FOR EACH ROW EXECUTE FUNCTION policy_versions_stay();
