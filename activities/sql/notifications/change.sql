-- Changes the subscription $1, of everybody (role $2 is null) or of role $2 and party $3, at $4: where $5 its language to $6,
-- where $7 its kinds to $8; it is disabled for reason $10 where $9 is false, enabled where it is true; with a new secret
-- $11, the one it had signs beside it until $12. What waits while it is disabled is kept for a resend. No row: there is
-- none.
WITH changed AS (
    UPDATE subscriptions SET
        language = CASE WHEN $5 THEN $6 ELSE language END,
        kinds = CASE WHEN $7 THEN $8::text [] ELSE kinds END,
        disabled_at = CASE WHEN $9::boolean THEN NULL WHEN NOT $9::boolean THEN coalesce(disabled_at, $4) ELSE disabled_at END,
        disabled_why
        = CASE WHEN $9::boolean THEN NULL WHEN NOT $9::boolean THEN coalesce(disabled_why, $10) ELSE disabled_why END,
        old_secret = CASE WHEN $11::text IS NULL THEN old_secret ELSE secret END,
        old_secret_until = CASE WHEN $11::text IS NULL THEN old_secret_until ELSE $12 END,
        secret = coalesce($11, secret)
    WHERE id = $1 AND ($2::text IS NULL OR (role = $2 AND party_id = $3))
    RETURNING id, role, party_id, channel, target, language, kinds, created_at, disabled_at, disabled_why
),
kept AS (
    UPDATE deliveries SET state = 'dead', last_error = coalesce(last_error, 'The subscription was disabled.')
    FROM changed
    WHERE NOT $9::boolean AND deliveries.subscription_id = changed.id AND deliveries.state = 'waiting'
)
SELECT * FROM changed
