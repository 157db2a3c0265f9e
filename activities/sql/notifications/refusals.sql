-- How many of the last $2 messages that the subscription $1 took or refused for good were refused.
SELECT count(*) FILTER (WHERE latest.state = 'failed')
FROM (
    SELECT state FROM deliveries
    WHERE subscription_id = $1 AND state IN ('sent', 'failed') AND first_tried_at IS NOT NULL
    ORDER BY coalesce(sent_at, first_tried_at) DESC
    LIMIT $2
) AS latest
