-- Who made the key $1, and, where that was another key, who made that one, and so on.
WITH RECURSIVE made AS (
    SELECT key_id, made_by FROM keys WHERE key_id = $1
    UNION
    SELECT keys.key_id, keys.made_by
    FROM made
    INNER JOIN keys ON made.made_by = 'key:' || keys.key_id
)
SELECT made_by FROM made
