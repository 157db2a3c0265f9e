-- Of what the reason is made for which a fact has no place: by it the notice is told in the reader's language. Rows of before
-- have their English alone.

ALTER TABLE unplaced ADD COLUMN said jsonb;
