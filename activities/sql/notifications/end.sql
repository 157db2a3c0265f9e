-- Ends the subscription $1, of everybody (role $2 is null) or of role $2 and party $3, with all of its messages and its last
-- test. No row comes back when there is none.
WITH ended AS (
    DELETE FROM subscriptions
    WHERE id = $1 AND ($2::text IS NULL OR (role = $2 AND party_id = $3))
    RETURNING id, test_notice
),
tested AS (
    DELETE FROM stuck_notices USING ended
    WHERE stuck_notices.notice_id = ended.test_notice
)
SELECT id FROM ended
