-- Of each policy named in $1 its newest version, or the one at its place in $2; nothing of one that there is not.
SELECT found.name, found.version, found.terms, found.changed_at, found.role, found.party_id
FROM unnest($1::text [], $2::integer []) AS wanted (name, version)
CROSS JOIN LATERAL (
    SELECT policies.*
    FROM policies
    WHERE policies.name = wanted.name AND (wanted.version IS NULL OR policies.version = wanted.version)
    ORDER BY policies.version DESC
    LIMIT 1
) AS found
