-- The platform may say whose a word about a shared payment is, otherwise than it was allotted.

ALTER TABLE allotments
-- The word as it came: its name, and what it says as JSON; null of one that was allotted before this was kept.
ADD COLUMN name text,
ADD COLUMN fact text,
-- When the platform said so; once.
ADD COLUMN placed_at timestamptz;
