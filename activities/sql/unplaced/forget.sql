-- What was placed or done before $1 is forgotten.
DELETE FROM unplaced WHERE ended_at < $1
