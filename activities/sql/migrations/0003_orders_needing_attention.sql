-- What waits for a person must be found at once, however many orders there are.
CREATE INDEX orders_needing_attention ON orders (created_at DESC, order_id DESC) WHERE needs_attention;
