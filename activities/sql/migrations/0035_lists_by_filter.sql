-- Lists of orders that a filter narrows are found by that filter's own index, however old or rare what matches is. The
-- indexes of all orders serve only who asks for all: Postgres would walk them too where it believes that what matches is
-- spread evenly, and nearly all orders that are over are older than nearly all that are not. A condition that always
-- holds keeps them apart; the statements of the lists have it where nothing else narrows.
CREATE INDEX orders_newest_of_all ON orders (created_at DESC, order_id DESC) WHERE version >= 0;

CREATE INDEX orders_due_of_all ON orders (deadline_at, order_id) WHERE deadline_at IS NOT NULL AND version >= 0;
CREATE INDEX orders_due_by_seller ON orders (seller_id, deadline_at, order_id) WHERE deadline_at IS NOT NULL;
-- And these only who asks for no seller's or buyer's: among all that are shipped, one seller's may be none.
CREATE INDEX orders_due_by_status ON orders (status, deadline_at, order_id)
WHERE deadline_at IS NOT NULL AND entry >= 0;
CREATE INDEX orders_due_by_stage ON orders (stage, deadline_at, order_id)
WHERE deadline_at IS NOT NULL AND entry >= 0;
CREATE INDEX orders_due_by_waiting_on ON orders (waiting_on, deadline_at, order_id)
WHERE deadline_at IS NOT NULL AND entry >= 0;

-- Of a seller with a hundred thousand orders, those that are in one place: also where it is hardly any of them, or none.
CREATE INDEX orders_of_seller_by_status ON orders (seller_id, status, created_at DESC, order_id DESC);
CREATE INDEX orders_of_seller_by_stage ON orders (seller_id, stage, created_at DESC, order_id DESC);
CREATE INDEX orders_of_seller_by_waiting_on ON orders (seller_id, waiting_on, created_at DESC, order_id DESC);
