-- One record of the bare workflow. A repeated try changes nothing.
INSERT INTO bare_records (order_id, entry, document)
VALUES ($1, $2, $3)
ON CONFLICT (order_id, entry) DO NOTHING
