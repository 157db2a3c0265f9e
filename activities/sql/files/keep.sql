-- Note that the file $1, of type $2 with $3 bytes, is kept, and that the party $4, $5 has brought it.
WITH kept AS (
    INSERT INTO files (sha256, media_type, size) VALUES ($1, $2, $3)
    ON CONFLICT (sha256) DO NOTHING
)
INSERT INTO uploads (sha256, role, party_id) VALUES ($1, $4, $5)
ON CONFLICT (sha256, role, party_id) DO NOTHING
