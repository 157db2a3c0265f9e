-- One page of the chargebacks that orders heard of from $1 to $2, by order and id after $3 (null: from the first), at most
-- $4 rows.
SELECT
    told.order_id || ' ' || (one.chargeback ->> 'chargeback_id') COLLATE "C" AS place,
    told.order_id,
    one.chargeback ->> 'chargeback_id' AS chargeback_id,
    one.chargeback ->> 'payment_id' AS payment_id,
    one.chargeback ->> 'outcome' AS outcome,
    (one.chargeback ->> 'amount')::bigint AS amount
FROM (
    SELECT DISTINCT timeline.order_id
    FROM timeline
    WHERE timeline.name IN ('chargeback_opened', 'chargeback_closed') AND timeline.at >= $1 AND timeline.at < $2
) AS told
INNER JOIN orders ON told.order_id = orders.order_id
CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'chargebacks') AS one (chargeback)
WHERE
    $3::text IS NULL
    OR told.order_id || ' ' || (one.chargeback ->> 'chargeback_id') COLLATE "C" > $3
ORDER BY place
LIMIT $4
