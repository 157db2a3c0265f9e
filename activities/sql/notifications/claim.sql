-- Takes at most $4 deliveries that are due at $1 to be tried now, of channels $3, at most $5 of one subscription,
-- with all that is needed to send them. Until $2 nobody else takes them: who dies while sending loses nothing. The longest
-- due come first.
WITH due AS (
    SELECT waiting.subscription_id, min(waiting.next_try_at) AS since
    FROM deliveries AS waiting
    WHERE waiting.state = 'waiting' AND waiting.next_try_at <= $1
    GROUP BY waiting.subscription_id
),
claimed AS (
    SELECT each.notice_id, each.subscription_id
    FROM due
    INNER JOIN subscriptions ON subscriptions.id = due.subscription_id
    CROSS JOIN LATERAL (
        SELECT waiting.notice_id, waiting.subscription_id
        FROM deliveries AS waiting
        WHERE
            waiting.subscription_id = due.subscription_id AND waiting.state = 'waiting'
            AND waiting.next_try_at <= $1
        ORDER BY waiting.next_try_at, waiting.notice_id
        LIMIT $5
        FOR UPDATE SKIP LOCKED
    ) AS each
    WHERE subscriptions.channel = ANY($3::text []) AND subscriptions.disabled_at IS NULL
    ORDER BY due.since
    LIMIT $4
)
UPDATE deliveries
SET
    tries = deliveries.tries + 1,
    first_tried_at = coalesce(deliveries.first_tried_at, $1),
    next_try_at = $2
FROM claimed
INNER JOIN subscriptions ON subscriptions.id = claimed.subscription_id
INNER JOIN notices ON notices.notice_id = claimed.notice_id
LEFT JOIN orders ON orders.order_id = notices.order_id
WHERE deliveries.notice_id = claimed.notice_id AND deliveries.subscription_id = claimed.subscription_id
RETURNING
    deliveries.message_id, deliveries.notice_id AS seq, deliveries.tries, deliveries.first_tried_at, deliveries.subscription_id,
    subscriptions.channel, subscriptions.target, subscriptions.secret,
    -- The order's language is its buyer's.
    coalesce(subscriptions.language, CASE WHEN notices.role = 'buyer' THEN orders.state ->> 'locale' END, 'en') AS language,
    CASE WHEN subscriptions.old_secret_until > $1 THEN subscriptions.old_secret END AS old_secret,
    notices.order_id, notices.entry, notices.role, notices.party_id, notices.kind, notices.text, notices.due_at,
    notices.recorded_at AS at, notices.said, orders.state::text AS state,
    coalesce(orders.state -> 'terms' -> 'calendar' ->> 'time_zone', 'UTC') AS zone
