-- Subscribes $1 $2 by channel $3 at $4 in language $5 to kinds $6, with secret $7. Subscribed before: language and kinds
-- are changed, it is enabled again, and its own secret stays. No row: they have $8 others already.
INSERT INTO subscriptions (role, party_id, channel, target, language, kinds, secret)
SELECT $1, $2, $3, $4, $5, $6::text [], $7
WHERE
    (SELECT count(*) FROM subscriptions AS others WHERE others.role = $1 AND others.party_id = $2) < $8
    OR EXISTS (
        SELECT FROM subscriptions AS same
        WHERE same.role = $1 AND same.party_id = $2 AND same.channel = $3 AND same.target = $4
    )
ON CONFLICT (role, party_id, channel, target) DO UPDATE SET
    language = excluded.language, kinds = excluded.kinds, disabled_at = NULL, disabled_why = NULL
RETURNING
    id, role, party_id, channel, target, language, kinds, created_at, disabled_at, disabled_why, secret,
    xmax = 0 AS made
