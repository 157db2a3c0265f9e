-- What nobody could place may wait for its order, be given to one, and be done with.

ALTER TABLE unplaced
-- The fact as its order takes it, in JSON; null where what came could not be read as one.
ADD COLUMN fact text,
-- The order that it is for, and that is not there yet, or that somebody has named.
ADD COLUMN waits_for text COLLATE "C",
-- From when on a person has to look. What a gateway of the version before keeps needs it at once.
ADD COLUMN attention_at timestamptz NOT NULL DEFAULT now(),
-- When the platform's subscribers were told.
ADD COLUMN told_at timestamptz,
-- Not null: it is given to `waits_for`, from then on.
ADD COLUMN due_at timestamptz,
ADD COLUMN ended_at timestamptz,
-- Given to its order by the engine, or marked as done by a person, who says why.
ADD COLUMN ended_as text CHECK (ended_as IN ('placed', 'done')),
ADD COLUMN note text,
ADD CHECK ((ended_at IS NULL) = (ended_as IS NULL)),
ADD CHECK (due_at IS NULL OR (waits_for IS NOT NULL AND fact IS NOT NULL));

-- A record that creates its order asks for what waits for it.
CREATE INDEX unplaced_waiting ON unplaced (waits_for) WHERE ended_at IS NULL AND due_at IS NULL;
-- Workers ask every second what is to be given to its order now.
CREATE INDEX unplaced_due ON unplaced (due_at) WHERE ended_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX unplaced_received ON unplaced (received_at) WHERE ended_at IS NULL AND due_at IS NULL;
CREATE INDEX unplaced_open ON unplaced (id) WHERE ended_at IS NULL;
CREATE INDEX unplaced_ended ON unplaced (ended_at) WHERE ended_at IS NOT NULL;
