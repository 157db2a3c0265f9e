-- Where the bare workflow keeps its records: one row for each, whole, as one document.
CREATE TABLE IF NOT EXISTS bare_records (
    order_id text NOT NULL,
    entry bigint NOT NULL,
    document jsonb NOT NULL,
    PRIMARY KEY (order_id, entry)
)
