-- The indexes of all orders that those of 0035 replace. Dropped apart from whatever is built: nobody reads or writes an order
-- from here to the end of the transaction. A version before finds the same rows without them, only slower.
DROP INDEX orders_newest;
DROP INDEX orders_by_deadline;
