-- Ends the subscription $1, with all of its messages. No row comes back when there is none.
DELETE FROM subscriptions WHERE id = $1 RETURNING id
