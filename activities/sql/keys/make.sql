-- Keeps a new key: its name $1, hash $2, beginning $3, scopes $4, the party it is bound to $5 and $6, who made it $7, and with
-- which key $8 (null: with none). Nothing, where that one was revoked: the lock keeps a revocation from missing the new one.
WITH used AS (
    SELECT key_id FROM keys
    WHERE key_id = $8 AND revoked_at IS NULL
    FOR SHARE
)
INSERT INTO keys (name, hash, begins, scopes, bound_role, bound_id, made_by, made_through)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE $8::bigint IS NULL OR EXISTS (SELECT FROM used)
RETURNING key_id, name, begins, scopes, bound_role, bound_id, made_at, made_by, revoked_at
