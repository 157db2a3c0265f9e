-- How much needs a person at $1, and how much only waits for its order.
SELECT
    count(*) FILTER (WHERE attention_at <= $1) AS needs_attention,
    count(*) FILTER (WHERE attention_at > $1) AS waiting
FROM unplaced
WHERE ended_at IS NULL
