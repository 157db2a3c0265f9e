-- What we know of the chargebacks $1 (JSON): the orders that hear of their payments; how the chargeback stands in those that
-- count some of it; and whether any of them was told its last word already.
SELECT given.chargeback_id, heard.owners, known.standing, known.amount, told.told
FROM jsonb_to_recordset($1::jsonb) AS given (chargeback_id text, payment_id text, order_id text, request_id text)
CROSS JOIN LATERAL (
    SELECT array(SELECT orders_of_payment(given.payment_id, given.order_id) ORDER BY 1) AS owners
) AS heard
CROSS JOIN LATERAL (
    SELECT
        CASE count(DISTINCT one.chargeback ->> 'outcome')
            WHEN 1 THEN min(one.chargeback ->> 'outcome') WHEN 0 THEN null ELSE 'several'
        END AS standing,
        sum((one.chargeback ->> 'amount')::bigint)::bigint AS amount
    FROM orders
    CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'chargebacks') AS one (chargeback)
    WHERE
        orders.order_id = any(heard.owners)
        AND one.chargeback ->> 'chargeback_id' = given.chargeback_id
        AND (one.chargeback ->> 'amount')::bigint > 0
) AS known
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM timeline
        WHERE timeline.order_id = any(heard.owners) AND timeline.request_id = given.request_id
    ) AS told
) AS told
