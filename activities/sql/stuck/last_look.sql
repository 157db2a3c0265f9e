-- When the last look ended; before the first, since when there could have been one.
SELECT coalesce(ended_at, created_at) AS ended_at FROM looks
