-- Of the payments $1: where one order alone has it still, what the payment brings is that order's word from now on.
UPDATE payments SET
    word_of = owner.order_id,
    whole = owner.whole,
    brought = CASE WHEN owner.amount > 0 THEN owner.whole ELSE 0 END
FROM payment_shares AS owner
WHERE
    payments.payment_id = ANY($1::text []) AND payments.payment_id = owner.payment_id
    AND owner.claimed > 0 AND owner.stands AND owner.order_id <> payments.word_of
    AND NOT EXISTS (
        SELECT FROM payment_shares AS others
        WHERE others.payment_id = owner.payment_id AND others.order_id <> owner.order_id AND others.claimed > 0
    )
