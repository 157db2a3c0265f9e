-- Subscribes $1 $2 by channel $3 at $4 in language $5 to kinds $6, with secret $7. Subscribed before: language and kinds
-- are changed, it is enabled again, and its own secret stays.
INSERT INTO subscriptions (role, party_id, channel, target, language, kinds, secret)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (role, party_id, channel, target) DO UPDATE SET
    language = excluded.language, kinds = excluded.kinds, disabled_at = NULL, disabled_why = NULL
RETURNING id, role, party_id, channel, target, language, kinds, created_at, disabled_at, disabled_why, secret
