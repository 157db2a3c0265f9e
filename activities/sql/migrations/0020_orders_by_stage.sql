-- Lists ask by stage too: who asks for `cancelled` means the stage, with those whose refund is on its way.
CREATE INDEX orders_by_stage ON orders (stage, created_at DESC, order_id DESC);
