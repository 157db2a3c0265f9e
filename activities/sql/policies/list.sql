-- The newest version of at most $2 policies, by name, after the name $1; of sellers' own only $3, unless that is null.
-- Sellers' own are all between `seller:` and `seller;`, for names are sorted by bytes; where one alone is asked for, the
-- others are not read through.
(
    SELECT DISTINCT ON (name) name, version, terms, changed_at, role, party_id
    FROM policies
    WHERE $3::text IS NULL AND name > $1
    ORDER BY name ASC, version DESC
    LIMIT $2
)
UNION ALL
(
    SELECT DISTINCT ON (name) name, version, terms, changed_at, role, party_id
    FROM policies
    WHERE $3::text IS NOT NULL AND name > $1 AND name < 'seller:'
    ORDER BY name ASC, version DESC
    LIMIT $2
)
UNION ALL
(
    SELECT DISTINCT ON (name) name, version, terms, changed_at, role, party_id
    FROM policies
    WHERE name = $3 AND name > $1 AND name >= 'seller:' AND name < 'seller;'
    ORDER BY name ASC, version DESC
    LIMIT $2
)
UNION ALL
(
    SELECT DISTINCT ON (name) name, version, terms, changed_at, role, party_id
    FROM policies
    WHERE $3::text IS NOT NULL AND name > $1 AND name >= 'seller;'
    ORDER BY name ASC, version DESC
    LIMIT $2
)
ORDER BY name ASC
LIMIT $2
