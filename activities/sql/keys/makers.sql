-- Who made the key $1, and, where that was done with another key, who made that one, and so on: whomever a key acted for.
WITH RECURSIVE made AS (
    SELECT key_id, made_by, made_through FROM keys WHERE key_id = $1
    UNION
    SELECT keys.key_id, keys.made_by, keys.made_through
    FROM made
    INNER JOIN keys ON made.made_through = keys.key_id
)
SELECT made_by FROM made
