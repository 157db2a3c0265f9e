-- Revokes the key $1, once; answers with it, also where it was revoked before.
UPDATE keys SET revoked_at = coalesce(revoked_at, now())
WHERE key_id = $1
RETURNING key_id, name, begins, scopes, bound_role, bound_id, made_at, made_by, revoked_at
