-- Writes version $2 of policy $1: the terms $3, by $4 $5. Nothing, where somebody has just written that version.
INSERT INTO policies (name, version, terms, role, party_id)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name, version) DO NOTHING
RETURNING name, version, terms, changed_at, role, party_id
