-- Strays are called what the command and the contract call them: unplaced. Rows stay.

ALTER TABLE strays RENAME TO unplaced;
ALTER TABLE unplaced RENAME COLUMN stray_id TO id;
ALTER TABLE unplaced RENAME CONSTRAINT strays_pkey TO unplaced_pkey;
ALTER TABLE unplaced RENAME CONSTRAINT strays_body_check TO unplaced_body_check;
ALTER TABLE unplaced RENAME CONSTRAINT strays_provider_webhook_id_key TO unplaced_provider_webhook_id_key;
ALTER SEQUENCE strays_stray_id_seq RENAME TO unplaced_id_seq;

-- A gateway of the version before keeps and lists by the old names until it is replaced. Postgres writes through a view
-- of one table, ON CONFLICT too.
CREATE VIEW strays AS
SELECT id AS stray_id, provider, webhook_id, name, order_id, body, why, received_at
FROM unplaced;
