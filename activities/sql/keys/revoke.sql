-- Revokes the key $1, and every key that was made with it, and with those. Answers with the key, also where it was revoked
-- before, and with the others that were not.
WITH RECURSIVE made AS (
    SELECT key_id FROM keys WHERE key_id = $1
    UNION
    SELECT keys.key_id
    FROM made
    INNER JOIN keys ON made.key_id = keys.made_through
)
UPDATE keys SET revoked_at = coalesce(revoked_at, now())
WHERE key_id IN (SELECT made.key_id FROM made) AND (revoked_at IS NULL OR key_id = $1)
RETURNING key_id, name, begins, scopes, bound_role, bound_id, made_at, made_by, revoked_at
