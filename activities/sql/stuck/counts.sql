-- How many stand in that list, by kind.
SELECT kind, count(*) AS orders FROM stuck WHERE ended_at IS NULL AND told_at IS NOT NULL GROUP BY kind
