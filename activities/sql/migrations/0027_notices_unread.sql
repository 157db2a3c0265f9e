-- Who has read nearly all of a long inbox asks for the rest. By itself: nobody who reads waits while it is made.
CREATE INDEX inbox_unread ON inbox (role, party_id, notice_id DESC) WHERE read_at IS NULL OR read_at < recorded_at;
