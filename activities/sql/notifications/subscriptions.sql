-- Every subscription, or those of role $1 and party $2, the oldest first, with how many of its messages are in each state.
SELECT
    subscriptions.id, subscriptions.role, subscriptions.party_id, subscriptions.channel, subscriptions.target,
    subscriptions.language, subscriptions.kinds, subscriptions.created_at, subscriptions.disabled_at,
    subscriptions.disabled_why,
    count(*) FILTER (WHERE deliveries.state = 'waiting') AS waiting,
    count(*) FILTER (WHERE deliveries.state = 'sent') AS sent,
    count(*) FILTER (WHERE deliveries.state = 'failed') AS failed,
    count(*) FILTER (WHERE deliveries.state = 'dead') AS dead
FROM subscriptions
LEFT JOIN deliveries ON deliveries.subscription_id = subscriptions.id
WHERE
    ($1::text IS NULL OR subscriptions.role = $1)
    AND ($2::text IS NULL OR subscriptions.party_id = $2)
GROUP BY subscriptions.id
ORDER BY subscriptions.id
