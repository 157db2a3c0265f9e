-- Records one batch ($1, the JSON of a RecordBatch): order row, timeline and inbox together or not at all.
--
-- One statement, so that a record is one round trip and one transaction. It answers with one row:
--   recorded  everything of the batch stands in the tables, or something later does
--   taken     the batch brings entry 1 of an order that another run has opened; nothing was written
-- A batch replaces whatever was recorded from its first entry on by an earlier workflow task of the order: that task
-- failed or was lost after it had been recorded, and Temporal knows nothing of it. A batch that is itself the earlier one
-- changes nothing. Neither recorded nor taken: another run opened the order after this statement's snapshot was taken; ask again.
WITH batch AS (
    SELECT
        $1::jsonb AS document,
        EXISTS (
            SELECT FROM jsonb_array_elements($1::jsonb -> 'timeline') AS brought
            WHERE (brought ->> 'entry')::bigint = 1
        ) AS opens
),
known AS (
    SELECT NOT batch.opens OR orders.opened_by = batch.document ->> 'opened_by' AS ours
    FROM batch
    INNER JOIN orders ON orders.order_id = batch.document -> 'row' ->> 'order_id'
),
stored AS (
    INSERT INTO orders (
        order_id, buyer_id, seller_id, stage, status, waiting_on, currency, total, authorized, captured,
        refunded, refunding, released, held, shortfall, refund_state, needs_attention, deadline_kind, deadline_at, next_deadline_at,
        version, entry, created_at, closed_at, reason, run_started_at, history_length, opened_by, state
    )
    SELECT
        given.order_id, given.buyer_id, given.seller_id, given.stage, given.status, given.waiting_on, given.currency,
        given.total, given.authorized, given.captured, given.refunded, given.refunding, given.released, given.held, given.shortfall,
        given.refund_state, given.needs_attention, given.deadline_kind, given.deadline_at, given.next_deadline_at,
        given.version, given.entry, given.created_at, given.closed_at, given.reason,
        (batch.document ->> 'run_started_at')::timestamptz, (batch.document ->> 'history_length')::bigint,
        batch.document ->> 'opened_by', (batch.document ->> 'state')::jsonb
    FROM batch
    CROSS JOIN LATERAL jsonb_populate_record(null::orders, batch.document -> 'row') AS given
    ON CONFLICT (order_id) DO UPDATE SET
        buyer_id = excluded.buyer_id,
        seller_id = excluded.seller_id,
        stage = excluded.stage,
        status = excluded.status,
        waiting_on = excluded.waiting_on,
        currency = excluded.currency,
        total = excluded.total,
        authorized = excluded.authorized,
        captured = excluded.captured,
        refunded = excluded.refunded,
        refunding = excluded.refunding,
        released = excluded.released,
        held = excluded.held,
        shortfall = excluded.shortfall,
        refund_state = excluded.refund_state,
        needs_attention = excluded.needs_attention,
        deadline_kind = excluded.deadline_kind,
        deadline_at = excluded.deadline_at,
        next_deadline_at = excluded.next_deadline_at,
        version = excluded.version,
        entry = excluded.entry,
        created_at = excluded.created_at,
        closed_at = excluded.closed_at,
        reason = excluded.reason,
        run_started_at = excluded.run_started_at,
        history_length = excluded.history_length,
        state = excluded.state
    WHERE
        (orders.run_started_at, orders.history_length) <= (excluded.run_started_at, excluded.history_length)
        -- Not the snapshot's word but the row's, read under its lock: of two starts at once only one is the first.
        AND (orders.opened_by = excluded.opened_by OR NOT (SELECT batch.opens FROM batch))
    RETURNING true AS ours
),
-- Reading `stored` here is what makes the rest wait for it: statements of one WITH have no order of their own.
outcome AS (
    SELECT
        EXISTS (SELECT FROM stored) AS written,
        EXISTS (SELECT FROM stored) OR EXISTS (SELECT FROM known WHERE known.ours) AS recorded
),
brought AS (
    SELECT
        batch.document -> 'row' ->> 'order_id' AS order_id,
        min((given ->> 'entry')::bigint) AS first_entry,
        max((given ->> 'entry')::bigint) AS last_entry
    FROM batch
    CROSS JOIN LATERAL jsonb_array_elements(batch.document -> 'timeline') AS given
    WHERE (SELECT outcome.written FROM outcome)
    GROUP BY 1
),
untold AS (
    DELETE FROM timeline USING brought
    WHERE timeline.order_id = brought.order_id AND timeline.entry > brought.last_entry
),
told AS (
    INSERT INTO timeline (
        order_id, entry, at, role, party_id, name, outcome, from_stage, to_stage, summary, why, money, text,
        attachments, evidence, platform_only, request_id
    )
    SELECT
        batch.document -> 'row' ->> 'order_id', given.entry, given.at, given.role, given.party_id, given.name,
        given.outcome, given.from_stage, given.to_stage, given.summary, given.why, given.money, given.text,
        given.attachments, coalesce(given.evidence, '[]'), given.platform_only, given.request_id
    FROM batch
    CROSS JOIN LATERAL jsonb_populate_recordset(null::timeline, batch.document -> 'timeline') AS given
    WHERE (SELECT outcome.written FROM outcome)
    ON CONFLICT (order_id, entry) DO UPDATE SET
        at = excluded.at,
        role = excluded.role,
        party_id = excluded.party_id,
        name = excluded.name,
        outcome = excluded.outcome,
        from_stage = excluded.from_stage,
        to_stage = excluded.to_stage,
        summary = excluded.summary,
        why = excluded.why,
        money = excluded.money,
        text = excluded.text,
        attachments = excluded.attachments,
        evidence = excluded.evidence,
        platform_only = excluded.platform_only,
        request_id = excluded.request_id
),
notices AS (
    SELECT
        batch.document -> 'row' ->> 'order_id' AS order_id,
        row_number() OVER (PARTITION BY notice.entry ORDER BY given.position) AS number,
        notice.entry, notice.role, notice.party_id, notice.kind, notice.text, notice.due_at
    FROM batch
    CROSS JOIN LATERAL jsonb_array_elements(batch.document -> 'inbox') WITH ORDINALITY AS given (document, position)
    CROSS JOIN LATERAL jsonb_populate_record(null::inbox, given.document) AS notice
    WHERE (SELECT outcome.written FROM outcome)
),
unposted AS (
    DELETE FROM inbox USING brought
    WHERE
        inbox.order_id = brought.order_id AND inbox.entry >= brought.first_entry
        AND (inbox.entry, inbox.number) NOT IN (SELECT notices.entry, notices.number FROM notices)
),
posted AS (
    INSERT INTO inbox (order_id, entry, number, role, party_id, kind, text, due_at)
    SELECT
        notices.order_id, notices.entry, notices.number, notices.role, notices.party_id, notices.kind, notices.text,
        notices.due_at
    FROM notices
    ORDER BY notices.entry, notices.number
    ON CONFLICT (order_id, entry, number) DO UPDATE SET
        role = excluded.role,
        party_id = excluded.party_id,
        kind = excluded.kind,
        text = excluded.text,
        due_at = excluded.due_at,
        -- Written anew, it is to be told anew: only what is certain leaves the house (activities/notifications.py).
        recorded_at = now(),
        matched_at = NULL
)
SELECT
    outcome.recorded,
    EXISTS (SELECT FROM known WHERE NOT known.ours) AS taken
FROM outcome
