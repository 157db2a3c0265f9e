-- The last number that was given; 0 before the first.
SELECT coalesce(max(seq), 0) FROM events
