-- Enables the subscription $1 again and lets what failed or is dead, at most $3 messages, the oldest first, be sent from $2 on,
-- under the same ids and with all the patience of a new message. It answers with how many there are, and the number of
-- the last; with no row when there is no subscription.
WITH enabled AS (
    UPDATE subscriptions SET disabled_at = NULL, disabled_why = NULL WHERE id = $1 RETURNING id
),
chosen AS (
    SELECT notice_id FROM deliveries
    WHERE subscription_id = $1 AND state IN ('failed', 'dead')
    ORDER BY notice_id
    LIMIT $3
    FOR UPDATE
),
again AS (
    UPDATE deliveries SET state = 'waiting', tries = 0, first_tried_at = NULL, next_try_at = $2
    FROM chosen
    WHERE deliveries.subscription_id = $1 AND deliveries.notice_id = chosen.notice_id
    RETURNING deliveries.notice_id
)
SELECT (SELECT count(*) FROM again) AS resent, (SELECT max(notice_id) FROM again) AS last FROM enabled
