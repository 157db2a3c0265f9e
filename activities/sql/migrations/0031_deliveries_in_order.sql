-- The messages of one subscription are paged by their notices' numbers, and sent again from one of them on.
CREATE INDEX deliveries_in_order ON deliveries (subscription_id, notice_id);

-- The notice by which somebody last tried whether a subscription reaches anybody: the next one takes its place.
ALTER TABLE subscriptions ADD COLUMN test_notice bigint;
