-- Marks the fact $1 as done, as $2 says. One row: whether it was open.
WITH meant AS (
    SELECT unplaced.id, unplaced.ended_at IS NULL AS is_open
    FROM unplaced
    WHERE unplaced.id = $1
),
ended AS (
    UPDATE unplaced SET ended_at = now(), ended_as = 'done', note = $2
    FROM meant
    WHERE unplaced.id = meant.id AND meant.is_open
)
SELECT is_open FROM meant
