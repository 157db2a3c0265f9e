-- The newest version of at most $2 policies, by name, after the name $1; of sellers' own only $3, unless that is null.
SELECT DISTINCT ON (name) name, version, terms, changed_at, role, party_id
FROM policies
WHERE name > $1 AND ($3::text IS NULL OR name NOT LIKE 'seller:%' OR name = $3)
ORDER BY name ASC, version DESC
LIMIT $2
