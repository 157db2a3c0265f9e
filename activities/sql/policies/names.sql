-- At most $1 names of policies that are no seller's own, for whoever has misread one; what sellers have is theirs, and is
-- not read through: they are all between `seller:` and `seller;`, and names are sorted by bytes.
(SELECT name FROM policies WHERE version = 1 AND name < 'seller:' ORDER BY name LIMIT $1)
UNION ALL
(SELECT name FROM policies WHERE version = 1 AND name >= 'seller;' ORDER BY name LIMIT $1)
ORDER BY name LIMIT $1
