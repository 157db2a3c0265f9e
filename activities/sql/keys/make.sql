-- Keeps a new key: its name $1, hash $2, beginning $3, scopes $4, the party it is bound to $5 and $6, and who made it $7.
INSERT INTO keys (name, hash, begins, scopes, bound_role, bound_id, made_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING key_id, name, begins, scopes, bound_role, bound_id, made_at, made_by, revoked_at
