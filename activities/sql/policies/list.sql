-- The newest version of at most $2 policies, by name, after the name $1.
SELECT DISTINCT ON (name) name, version, terms, changed_at, role, party_id
FROM policies
WHERE name > $1
ORDER BY name ASC, version DESC
LIMIT $2
