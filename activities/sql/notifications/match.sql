-- Takes at most $3 notices of each table that were written last before $2, and makes a delivery for each subscription that
-- wants them. It is $1 now. It answers with how many notices it took.
--
-- A notice from before the subscription is not told; one of a disabled subscription is kept for a resend. Who matches
-- at the same moment takes other notices, and a notice that is matched again makes no second delivery.
WITH taken AS (
    SELECT notice_id FROM inbox
    WHERE matched_at IS NULL AND recorded_at <= $2
    ORDER BY recorded_at
    LIMIT $3
    FOR UPDATE SKIP LOCKED
),
taken_of_stuck AS (
    SELECT notice_id FROM stuck_notices
    WHERE matched_at IS NULL AND recorded_at <= $2
    ORDER BY recorded_at
    LIMIT $3
    FOR UPDATE SKIP LOCKED
),
matched_in_inbox AS (
    UPDATE inbox SET matched_at = $1
    FROM taken
    WHERE inbox.notice_id = taken.notice_id
    RETURNING inbox.notice_id, inbox.role, inbox.party_id, inbox.kind, inbox.recorded_at
),
matched_of_stuck AS (
    UPDATE stuck_notices SET matched_at = $1
    FROM taken_of_stuck AS taken
    WHERE stuck_notices.notice_id = taken.notice_id
    RETURNING
        stuck_notices.notice_id, stuck_notices.role, stuck_notices.party_id, stuck_notices.kind,
        stuck_notices.recorded_at
),
matched AS (
    SELECT * FROM matched_in_inbox
    UNION ALL
    SELECT * FROM matched_of_stuck
),
made AS (
    INSERT INTO deliveries (notice_id, subscription_id, state, next_try_at, last_error, created_at)
    SELECT
        matched.notice_id, wants.id, CASE WHEN wants.disabled_at IS NULL THEN 'waiting' ELSE 'dead' END, $1,
        CASE WHEN wants.disabled_at IS NOT NULL THEN 'The subscription was disabled.' END, $1
    FROM matched
    INNER JOIN subscriptions AS wants
        ON wants.role = matched.role AND wants.party_id = matched.party_id
        AND (wants.kinds IS NULL OR matched.kind = ANY(wants.kinds))
        AND wants.created_at <= matched.recorded_at
    ON CONFLICT (notice_id, subscription_id) DO NOTHING
)
SELECT count(*) FROM matched
