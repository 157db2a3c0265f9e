-- Says whose the word of the allotment $1 is: $2, by order. In the same moment what each order hears of it now ($3: the
-- order, the fact's name $4 and its JSON $5, row by row) is due, and a worker hands it over; a person looks where nobody
-- has after $6. No row: it was said before, or more was said about the same thing meanwhile.
WITH placed AS (
    UPDATE allotments SET parts = $2, placed_at = now()
    WHERE
        allotments.id = $1 AND allotments.placed_at IS NULL
        AND NOT EXISTS (
            SELECT FROM allotments AS later
            WHERE
                later.payment_id = allotments.payment_id AND later.subject = allotments.subject
                AND later.id > allotments.id
        )
    RETURNING allotments.id
),
given AS (
    INSERT INTO unplaced (provider, webhook_id, name, order_id, body, why, fact, waits_for, due_at, attention_at)
    SELECT
        'platform', 'allotment ' || placed.id || ' ' || told.order_id, told.name, told.order_id, told.fact,
        'The platform has said whose it is.', told.fact, told.order_id, now(), now() + $6::interval
    FROM placed
    CROSS JOIN unnest($3::text [], $4::text [], $5::text []) AS told (order_id, name, fact)
)
SELECT id FROM placed
