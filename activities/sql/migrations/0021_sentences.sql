-- Of what a sentence is made: its text with places, and what stands in them. By it a row is told in the reader's
-- language; the rows of before have their English alone.

-- {"summary": …, "why": …}
ALTER TABLE timeline ADD COLUMN said jsonb;
ALTER TABLE inbox ADD COLUMN said jsonb;
ALTER TABLE stuck_notices ADD COLUMN said jsonb;

-- Null: the order's, for its buyer; English for the others.
ALTER TABLE subscriptions ALTER COLUMN language DROP NOT NULL;

CREATE OR REPLACE VIEW notices AS
SELECT notice_id, order_id, entry, role, party_id, kind, text, due_at, recorded_at, said FROM inbox
UNION ALL
-- No entry of the order made it, and it is due at once.
SELECT notice_id, order_id, 0::bigint, role, party_id, kind, text, NULL::timestamptz, recorded_at, said
FROM stuck_notices;
