-- Forgets broken runs that are seen to and ended before $1: no look lists them any more.
DELETE FROM broken_runs WHERE judged_at IS NOT NULL AND read_at IS NOT NULL AND closed_at < $1
