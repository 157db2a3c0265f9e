-- When a notice was read, by whoever it is for: the platform's by any of it. One that says something else since then is
-- unread again.

-- First, and with its tables: a reader locks the view before them, and would wait for us while we wait for it.
LOCK TABLE notices IN ACCESS EXCLUSIVE MODE;

-- What was told before this counts as read, or everybody's first list would be years long.
ALTER TABLE inbox ADD COLUMN read_at timestamptz DEFAULT now();
ALTER TABLE inbox ALTER COLUMN read_at DROP DEFAULT;
ALTER TABLE stuck_notices ADD COLUMN read_at timestamptz DEFAULT now();
ALTER TABLE stuck_notices ALTER COLUMN read_at DROP DEFAULT;

CREATE OR REPLACE VIEW notices AS
SELECT notice_id, order_id, entry, role, party_id, kind, text, due_at, recorded_at, said, read_at FROM inbox
UNION ALL
-- No entry of the order made it, and it is due at once.
SELECT notice_id, order_id, 0::bigint, role, party_id, kind, text, NULL::timestamptz, recorded_at, said, read_at
FROM stuck_notices;
