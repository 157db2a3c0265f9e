-- What we know of the refunds $1 (JSON) that nobody asked us for: the orders that hear of their payments; how the refund
-- stands in those that count some of it, by the provider's reference; and whether any of them was told already.
SELECT given.reference, heard.owners, known.standing, known.amount, told.told
FROM jsonb_to_recordset($1::jsonb) AS given (reference text, payment_id text, order_id text, request_id text)
CROSS JOIN LATERAL (
    SELECT array(SELECT orders_of_payment(given.payment_id, given.order_id) ORDER BY 1) AS owners
) AS heard
CROSS JOIN LATERAL (
    SELECT
        CASE count(DISTINCT found.record ->> 'state') WHEN 1 THEN min(found.record ->> 'state') WHEN 0 THEN null ELSE 'several' END
            AS standing,
        sum((found.record ->> 'amount')::bigint)::bigint AS amount
    FROM orders
    CROSS JOIN LATERAL (
        -- Wherever it stands: as a refund made elsewhere, as an attempt of ours, or as what was settled by hand.
        SELECT jsonb_path_query_first(
            jsonb_build_array(orders.state -> 'elsewhere', orders.state -> 'refunds'),
            'strict $.** ? (@.reference == $said || @.settled_reference == $said || @.provider_reference starts with $said)',
            jsonb_build_object('said', given.reference)
        ) AS record
    ) AS found
    WHERE orders.order_id = any(heard.owners) AND (found.record ->> 'amount')::bigint > 0
) AS known
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM timeline
        WHERE timeline.order_id = any(heard.owners) AND timeline.request_id = given.request_id
    ) AS told
) AS told
