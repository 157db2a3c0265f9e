-- Whose a payment is, before and after an order has it: claims, and what the register finds to contradict itself.

-- What the whole payment brings, charged or only promised; and the order whose word that is: the first one's stands.
ALTER TABLE payments ADD COLUMN whole bigint;
ALTER TABLE payments ADD COLUMN word_of text COLLATE "C";

-- What of the payment the order counts as its own, charged or only promised.
ALTER TABLE payment_shares ADD COLUMN claimed bigint NOT NULL DEFAULT 0;
-- What the order says that the whole payment brings: taken where the order with the word has no share any more.
ALTER TABLE payment_shares ADD COLUMN whole bigint NOT NULL DEFAULT 0;
-- Whether the order was told that others claim it too, and the platform has answered.
ALTER TABLE payment_shares ADD COLUMN question text NOT NULL DEFAULT 'none' CHECK (question IN ('none', 'open', 'settled'));
-- When this share is to be looked at beside the others of its payment: set where it may contradict them.
ALTER TABLE payment_shares ADD COLUMN due_at timestamptz;

CREATE INDEX payment_shares_due ON payment_shares (due_at) WHERE due_at IS NOT NULL;

UPDATE payment_shares SET claimed = payment.amount, whole = payment.amount
FROM (
    SELECT orders.order_id, payment ->> 'payment_id' AS payment_id, (payment ->> 'amount')::bigint AS amount
    FROM orders
    CROSS JOIN LATERAL jsonb_array_elements(orders.state -> 'payments') AS payment
) AS payment
WHERE payment_shares.order_id = payment.order_id AND payment_shares.payment_id = payment.payment_id;

UPDATE payments SET whole = first.whole, word_of = first.order_id
FROM (
    SELECT DISTINCT ON (payment_id) payment_id, order_id, whole
    FROM payment_shares
    ORDER BY payment_id, claimed_at, order_id
) AS first
WHERE payments.payment_id = first.payment_id;

-- One payment in two orders that stand today is found by the first look.
UPDATE payment_shares SET due_at = now()
FROM payments
WHERE payments.payment_id = payment_shares.payment_id AND payments.word_of <> payment_shares.order_id;

ALTER TABLE payments ALTER COLUMN whole SET NOT NULL;
ALTER TABLE payments ALTER COLUMN word_of SET NOT NULL;

-- Claims so much of a payment for an order before the order hears of it. Answers with nothing where it may; else with why
-- not, and the orders that have it. A function, so that what waited for another claim sees what that one has written: a
-- statement alone would go by what stood before it.
CREATE FUNCTION claim_payment(
    named text, claiming text, asked bigint, brings bigint, charged bigint, in_currency text, instead_of text
) RETURNS TABLE (why text, owners text []) LANGUAGE plpgsql AS $$
DECLARE
    known payments;
    taken bigint;
BEGIN
    INSERT INTO payments (payment_id, brought, whole, currency, word_of)
    VALUES (named, charged, coalesce(brings, asked), in_currency, claiming)
    ON CONFLICT (payment_id) DO NOTHING;
    SELECT * INTO known FROM payments WHERE payment_id = named FOR UPDATE;

    DELETE FROM payment_shares
    WHERE
        payment_id = named AND order_id <> claiming AND NOT stands
        AND (order_id = instead_of OR claimed_at < now() - interval '24 hours');

    -- What it has already, it judges itself.
    IF EXISTS (SELECT FROM payment_shares WHERE payment_id = named AND order_id = claiming) THEN
        RETURN;
    END IF;

    SELECT sum(claimed), array_agg(order_id ORDER BY claimed_at, order_id) INTO taken, owners
    FROM payment_shares
    WHERE payment_id = named AND claimed > 0;

    IF taken IS NULL THEN
        UPDATE payments
        SET brought = charged, whole = coalesce(brings, asked), currency = in_currency, word_of = claiming
        WHERE payment_id = named;
    ELSIF brings IS NULL OR known.whole = taken AND cardinality(owners) = 1 THEN
        why := 'owned';
    ELSIF brings <> known.whole OR in_currency <> known.currency THEN
        why := 'another_whole';
    ELSIF taken + asked > known.whole THEN
        why := 'no_room';
    END IF;
    IF why IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;

    INSERT INTO payment_shares (payment_id, order_id, amount, claimed, whole, stands)
    VALUES (named, claiming, CASE WHEN charged > 0 THEN asked ELSE 0 END, asked, coalesce(brings, asked), false);
END
$$;
