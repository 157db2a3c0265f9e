-- Tells role $2 and party $3 by the subscription $1 at $4 that this is a test: text $5, which is made of $6 (JSON). The test
-- before it goes, whatever became of it. One row: the message; none where there is no such subscription by now.
WITH subscription AS (
    SELECT id, test_notice FROM subscriptions
    WHERE id = $1 AND role = $2 AND party_id = $3
    FOR UPDATE
),
former AS (
    DELETE FROM deliveries USING subscription
    WHERE deliveries.subscription_id = subscription.id AND deliveries.notice_id = subscription.test_notice
),
former_notice AS (
    DELETE FROM stuck_notices USING subscription
    WHERE stuck_notices.notice_id = subscription.test_notice
),
noticed AS (
    -- Nobody else is told, and nobody has to read it.
    INSERT INTO stuck_notices (order_id, role, party_id, kind, text, said, matched_at, read_at)
    SELECT '', $2, $3, 'subscription_test', $5, $6::jsonb, $4, now()
    FROM subscription
    RETURNING notice_id
),
remembered AS (
    UPDATE subscriptions SET test_notice = noticed.notice_id FROM noticed WHERE subscriptions.id = $1
)
INSERT INTO deliveries (notice_id, subscription_id, state, next_try_at, created_at)
SELECT noticed.notice_id, $1, 'waiting', $4, $4 FROM noticed
RETURNING message_id
