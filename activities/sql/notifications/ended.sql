-- The delivery $1 ends as $3 for reason $4 after try $2. It answers with whether the receiver of its subscription has
-- taken nothing since the first try of it.
UPDATE deliveries SET state = $3, last_error = $4
WHERE message_id = $1 AND tries = $2 AND state = 'waiting'
RETURNING NOT EXISTS (
    SELECT FROM deliveries AS others
    WHERE
        others.subscription_id = deliveries.subscription_id AND others.state = 'sent'
        AND others.sent_at >= deliveries.first_tried_at
) AS silent
