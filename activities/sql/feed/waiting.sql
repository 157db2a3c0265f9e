-- Whether an entry waits for its number, and the last number that was given.
SELECT
    EXISTS (SELECT FROM unnumbered) AS waiting,
    coalesce((SELECT max(events.seq) FROM events), 0) AS last
