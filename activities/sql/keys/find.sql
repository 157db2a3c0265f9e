-- The key with the hash $1, unless it was revoked.
SELECT key_id, name, begins, scopes, bound_role, bound_id, made_at, made_by, revoked_at
FROM keys
WHERE hash = $1 AND revoked_at IS NULL
