-- Notices for the platform: about the orders $1 what $2 says, one by one.
INSERT INTO stuck_notices (order_id, kind, text)
SELECT given.order_id, 'fact_unplaced', given.text FROM unnest($1::text [], $2::text []) AS given (order_id, text)
