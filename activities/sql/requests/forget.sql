-- Removes those of the $2 oldest requests that are older than $1. They are numbered as they were kept, so that no index by
-- time is needed.
WITH oldest AS (
    SELECT id, at FROM requests ORDER BY id LIMIT $2
)
DELETE FROM requests WHERE id IN (SELECT id FROM oldest WHERE at < $1)
