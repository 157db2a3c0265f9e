-- At most $4 subscriptions with a number above $3, of everybody (role $1 is null) or of role $1 and party $2, the oldest
-- first, with how many of its messages are in each state; of none more than $5 are counted.
WITH listed AS (
    (SELECT * FROM subscriptions WHERE $1::text IS NULL AND id > $3 ORDER BY id LIMIT $4)
    UNION ALL
    (SELECT * FROM subscriptions WHERE role = $1 AND party_id = $2 AND id > $3 ORDER BY id LIMIT $4)
)
SELECT
    listed.id, listed.role, listed.party_id, listed.channel, listed.target, listed.language, listed.kinds,
    listed.created_at, listed.disabled_at, listed.disabled_why, counted.waiting, counted.sent, counted.failed, counted.dead
FROM listed
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE those.state = 'waiting') AS waiting,
        count(*) FILTER (WHERE those.state = 'sent') AS sent,
        count(*) FILTER (WHERE those.state = 'failed') AS failed,
        count(*) FILTER (WHERE those.state = 'dead') AS dead
    FROM (VALUES ('waiting'), ('sent'), ('failed'), ('dead')) AS states (state)
    CROSS JOIN LATERAL (
        SELECT each.state FROM deliveries AS each
        WHERE each.subscription_id = listed.id AND each.state = states.state
        LIMIT $5
    ) AS those
) AS counted
ORDER BY listed.id
