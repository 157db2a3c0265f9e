-- At most $1 names of policies that are no seller's own, for whoever has misread one; what sellers have is theirs.
SELECT name FROM policies WHERE version = 1 AND name NOT LIKE 'seller:%' ORDER BY name LIMIT $1
