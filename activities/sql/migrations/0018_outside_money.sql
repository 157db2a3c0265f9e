-- Money that moved without our asking: what the provider's book says of it, and whose it is.

ALTER TABLE provider_book ADD COLUMN payment_id text;
-- Whether it carries a key of ours; else it stands under its reference.
ALTER TABLE provider_book ADD COLUMN is_ours boolean NOT NULL DEFAULT true;
ALTER TABLE provider_book ADD COLUMN reason text;

CREATE INDEX provider_book_of_orders ON provider_book (order_id) WHERE kind IN ('refund', 'release');
CREATE INDEX provider_book_of_payments ON provider_book (payment_id) WHERE kind = 'refund';
CREATE INDEX timeline_chargebacks ON timeline (at) WHERE name IN ('chargeback_opened', 'chargeback_closed');

-- The orders that hear of what becomes of a payment: those that have a share of it; else the one whose capture came by
-- webhook; else the one that the provider names, if there is such an order.
CREATE FUNCTION orders_of_payment(named text, at_provider text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    WITH sharing AS (
        SELECT order_id FROM payment_shares WHERE payment_id = named AND claimed > 0
    ),
    noted AS (
        SELECT order_id FROM payment_orders WHERE payment_id = named
    )
    SELECT order_id FROM sharing
    UNION ALL
    SELECT order_id FROM noted WHERE NOT EXISTS (SELECT FROM sharing)
    UNION ALL
    SELECT order_id FROM orders
    WHERE order_id = at_provider AND NOT EXISTS (SELECT FROM sharing) AND NOT EXISTS (SELECT FROM noted)
$$;
