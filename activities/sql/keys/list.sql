-- The newest keys, revoked ones too if $1, before the key $2 (null: from the newest), at most $3.
SELECT key_id, name, begins, scopes, bound_role, bound_id, made_at, made_by, revoked_at
FROM keys
WHERE ($1 OR revoked_at IS NULL) AND ($2::bigint IS NULL OR key_id < $2)
ORDER BY key_id DESC
LIMIT $3
