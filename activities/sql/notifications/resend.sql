-- Enables the subscription $1 again and lets everything that failed or is dead be sent from $2 on, under the same ids and
-- with all the patience of a new message. It answers with how many there are; with null when there is no subscription.
WITH enabled AS (
    UPDATE subscriptions SET disabled_at = NULL, disabled_why = NULL WHERE id = $1 RETURNING id
),
again AS (
    UPDATE deliveries SET state = 'waiting', tries = 0, first_tried_at = NULL, next_try_at = $2
    FROM enabled
    WHERE deliveries.subscription_id = enabled.id AND deliveries.state IN ('failed', 'dead')
    RETURNING deliveries.message_id
)
SELECT (SELECT count(*) FROM again) FROM enabled
