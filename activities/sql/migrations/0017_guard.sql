-- The guard before money leaves: what it adds up stands in the rows of the calls, which no reset of an order touches.

ALTER TABLE payment_calls
-- The how-manieth call of its order, and of its payment: of two at once one waits for the other, and adds it up.
ADD COLUMN order_turn integer,
ADD COLUMN payment_turn integer,
-- When somebody was last about to send it: some time later its key reaches the provider no more. Null: nobody was.
ADD COLUMN tried_at timestamptz,
-- A later attempt took its place, or what it was for was settled by hand: from then on it is looked up and never sent.
ADD COLUMN overtaken boolean NOT NULL DEFAULT false,
-- Of a call that the guard refused: what would have fitted. Null: it was not refused.
ADD COLUMN fits bigint;

UPDATE payment_calls SET
    tried_at = payment_calls.created_at,
    order_turn = turns.order_turn,
    payment_turn = turns.payment_turn
FROM (
    SELECT
        key,
        row_number() OVER (PARTITION BY order_id ORDER BY created_at, key) AS order_turn,
        CASE WHEN payment_id IS NOT NULL THEN
            row_number() OVER (PARTITION BY payment_id ORDER BY created_at, key)
        END AS payment_turn
    FROM payment_calls
) AS turns
WHERE turns.key = payment_calls.key;

CREATE UNIQUE INDEX payment_calls_by_turn ON payment_calls (order_id, order_turn);
CREATE UNIQUE INDEX payment_calls_by_payment ON payment_calls (payment_id, payment_turn);
DROP INDEX payment_calls_of_order;

-- When this database came back from a backup: what was sent after it was made, no row knows.
CREATE TABLE restorations (
    restored_at timestamptz PRIMARY KEY DEFAULT now()
);
