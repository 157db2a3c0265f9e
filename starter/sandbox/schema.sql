-- The provider's own book. Amounts in minor units, instants in seconds since 1970.
CREATE TABLE IF NOT EXISTS payments (
    payment_id TEXT PRIMARY KEY, order_id TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
    method TEXT NOT NULL, state TEXT NOT NULL, failure_reason TEXT
);
CREATE TABLE IF NOT EXISTS transfers (
    kind TEXT NOT NULL, key TEXT NOT NULL, order_id TEXT NOT NULL, content TEXT NOT NULL, amount INTEGER NOT NULL,
    currency TEXT NOT NULL, payment_id TEXT, reference TEXT NOT NULL, state TEXT NOT NULL, failure_reason TEXT,
    PRIMARY KEY (kind, key)
);
-- What will become of a transfer, and when.
CREATE TABLE IF NOT EXISTS plans (
    plan INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, due_at REAL NOT NULL, state TEXT NOT NULL,
    failure_reason TEXT
);
-- Every call that reached the provider, repetitions included.
CREATE TABLE IF NOT EXISTS calls (
    call INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, order_id TEXT NOT NULL, outcome TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS behaviours (
    behaviour INTEGER PRIMARY KEY, kind TEXT NOT NULL, order_id TEXT, what TEXT NOT NULL, times INTEGER NOT NULL
);
-- What is to be told, and was. The subject is the payment or the transfer that it is about.
CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY, webhook TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL, subject TEXT NOT NULL,
    body TEXT NOT NULL, tries INTEGER NOT NULL, due_at REAL, outcome TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (subject, number) WHERE outcome = 'due';
-- Of each subject the oldest: nobody may hear that a refund was reversed before they heard that it had succeeded.
CREATE VIEW IF NOT EXISTS next_news AS
SELECT * FROM outbox WHERE number IN (SELECT min(number) FROM outbox WHERE outcome = 'due' GROUP BY subject);
