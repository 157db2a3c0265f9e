-- Disables the subscription $1 at $2 for reason $3, keeps what still waits for a resend, and tells the platform: text $4,
-- which is made of $5 (JSON).
--
-- The notice is about no order: its order is empty, and its entry is the subscription's id. Who finds it disabled
-- already changes nothing, and tells nobody.
WITH disabled AS (
    UPDATE subscriptions SET disabled_at = $2, disabled_why = $3
    WHERE id = $1 AND disabled_at IS NULL
    RETURNING id
),
kept AS (
    UPDATE deliveries SET state = 'dead', last_error = coalesce(last_error, 'The subscription was disabled.')
    FROM disabled
    WHERE deliveries.subscription_id = disabled.id AND deliveries.state = 'waiting'
)
INSERT INTO inbox (order_id, entry, number, role, party_id, kind, text, said)
SELECT
    '', disabled.id,
    (SELECT coalesce(max(number), 0) + 1 FROM inbox WHERE order_id = '' AND entry = disabled.id),
    'platform', '', 'subscription_disabled', $4, $5::jsonb
FROM disabled
