-- The provider's own book. Amounts in minor units, instants in seconds since 1970.
-- A payment is one order's, or names its shares: a JSON object of amounts by order.
CREATE TABLE IF NOT EXISTS payments (
    payment_id TEXT PRIMARY KEY, order_id TEXT, shares TEXT, amount INTEGER NOT NULL, currency TEXT NOT NULL,
    method TEXT NOT NULL, failure_reason TEXT, state TEXT NOT NULL, captured INTEGER NOT NULL, created_at REAL NOT NULL
);
-- What was to be moved, or given back. A key may stand here twice: once the provider has forgotten it, it is a new one.
-- Without a key and an order: a refund that somebody made in the console.
CREATE TABLE IF NOT EXISTS transfers (
    reference TEXT PRIMARY KEY, kind TEXT NOT NULL, key TEXT, order_id TEXT, content TEXT NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, payment_id TEXT, state TEXT NOT NULL, failure_reason TEXT,
    quiet INTEGER NOT NULL, created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS transfers_by_key ON transfers (kind, key);
CREATE INDEX IF NOT EXISTS transfers_by_payment ON transfers (payment_id);
CREATE INDEX IF NOT EXISTS transfers_by_order ON transfers (order_id);
-- The bank's last word on each chargeback, and since when it stands.
CREATE TABLE IF NOT EXISTS chargebacks (
    chargeback_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL, order_id TEXT, amount INTEGER NOT NULL,
    currency TEXT NOT NULL, outcome TEXT NOT NULL, created_at REAL NOT NULL, decided_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS chargebacks_by_payment ON chargebacks (payment_id);
-- What will become of a transfer, and when.
CREATE TABLE IF NOT EXISTS plans (
    plan INTEGER PRIMARY KEY, reference TEXT NOT NULL, due_at REAL NOT NULL, state TEXT NOT NULL, failure_reason TEXT
);
CREATE INDEX IF NOT EXISTS plans_due ON plans (due_at);
-- Every call that reached the provider, repetitions included.
CREATE TABLE IF NOT EXISTS calls (
    call INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, order_id TEXT NOT NULL, outcome TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_by_key ON calls (kind, key);
CREATE TABLE IF NOT EXISTS behaviours (
    behaviour INTEGER PRIMARY KEY, kind TEXT NOT NULL, order_id TEXT, what TEXT NOT NULL, times INTEGER NOT NULL
);
-- What is to be told, and was. The subject is the payment or the transfer that it is about; `copies` are told again
-- afterwards, and what is not `in_order` does not wait for older news of its subject, nor they for it.
CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY, webhook TEXT NOT NULL UNIQUE, order_id TEXT, subject TEXT NOT NULL,
    body TEXT NOT NULL, tries INTEGER NOT NULL, due_at REAL, outcome TEXT NOT NULL, copies INTEGER NOT NULL,
    in_order INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (subject, number) WHERE outcome = 'due';
-- Of each subject the oldest: nobody may hear that a refund was reversed before they heard that it had succeeded.
CREATE VIEW IF NOT EXISTS next_news AS
SELECT * FROM outbox AS news
WHERE outcome = 'due' AND (NOT in_order OR NOT EXISTS (
    SELECT * FROM outbox AS older
    WHERE older.outcome = 'due' AND older.in_order AND older.subject = news.subject AND older.number < news.number
));
