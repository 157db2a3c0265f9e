-- As `resend`, but of everything after the message with the number $4, also what has arrived; what waits is sent anyhow.
WITH enabled AS (
    UPDATE subscriptions SET disabled_at = NULL, disabled_why = NULL WHERE id = $1 RETURNING id
),
chosen AS (
    SELECT notice_id FROM deliveries
    WHERE subscription_id = $1 AND notice_id > $4 AND state <> 'waiting'
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
