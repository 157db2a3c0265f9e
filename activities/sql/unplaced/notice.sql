-- Notices for the platform: about the orders $1 what $2 says, one by one, which is made of $3 (JSON).
INSERT INTO stuck_notices (order_id, kind, text, said)
SELECT given.order_id, 'fact_unplaced', given.text, given.said::jsonb
FROM unnest($1::text [], $2::text [], $3::text []) AS given (order_id, text, said)
