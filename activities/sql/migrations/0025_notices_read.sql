-- When a notice was read, by whoever it is for: the platform's by any of it. One that says something else since then is
-- unread again.
ALTER TABLE inbox ADD COLUMN read_at timestamptz;
ALTER TABLE stuck_notices ADD COLUMN read_at timestamptz;

-- Who has read nearly all of a long inbox asks for the rest.
CREATE INDEX inbox_unread ON inbox (role, party_id, notice_id DESC) WHERE read_at IS NULL OR read_at < recorded_at;

CREATE OR REPLACE VIEW notices AS
SELECT notice_id, order_id, entry, role, party_id, kind, text, due_at, recorded_at, said, read_at FROM inbox
UNION ALL
-- No entry of the order made it, and it is due at once.
SELECT notice_id, order_id, 0::bigint, role, party_id, kind, text, NULL::timestamptz, recorded_at, said, read_at
FROM stuck_notices;
