-- Who sent which request to a gateway, and how it went. No bodies, and nothing of a query.
CREATE TABLE requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    request_id text NOT NULL,
    caller text NOT NULL,
    -- For whom a key acted; null where the caller acted as themself.
    acting_for text,
    method text NOT NULL,
    -- The path as a template: `/orders/{order_id}/ship`.
    route text NOT NULL,
    status integer NOT NULL,
    code text,
    milliseconds integer NOT NULL,
    order_id text COLLATE "C"
);

CREATE INDEX requests_of_order ON requests (order_id, id DESC) WHERE order_id IS NOT NULL;
CREATE INDEX requests_by_caller ON requests (caller, id DESC);
CREATE INDEX requests_by_code ON requests (code, id DESC) WHERE code IS NOT NULL;
CREATE INDEX requests_by_status ON requests (status, id DESC);
CREATE INDEX requests_by_request_id ON requests (request_id);
