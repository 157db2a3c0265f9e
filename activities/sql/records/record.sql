-- Records one batch ($1, the JSON of a RecordBatch): order row, timeline, inbox, what the register of payments says of
-- the order, what was said of its calls, and what the order has no place for, together or not at all.
--
-- One statement, so that a record is one round trip and one transaction. It answers with one row:
--   recorded  every entry of the batch stands in the timeline as the batch has it
--   owner     ours; settled or open when another run has opened this order, which is so: then nothing was written
--   late      a later run has loaded the order: this batch will never be written
-- A batch replaces whatever was recorded from its first entry on by an earlier decision of the order: that workflow task
-- failed or was lost after it had been recorded, and Temporal knows nothing of it. A batch that is itself the earlier one
-- changes nothing. Neither recorded nor late: somebody wrote the row after this statement's snapshot was taken; ask again.
WITH batch AS (
    SELECT $1::jsonb AS document
),
entries AS (
    SELECT batch.document -> 'row' ->> 'order_id' AS of_order, given.*
    FROM batch
    CROSS JOIN LATERAL jsonb_populate_recordset(null::timeline, batch.document -> 'timeline') AS given
),
known AS (
    SELECT
        orders.opened_by = batch.document ->> 'opened_by' AS ours,
        orders.closed_at IS NOT NULL AS settled,
        orders.run_started_at > (batch.document ->> 'run_started_at')::timestamptz AS of_later_run
    FROM batch
    INNER JOIN orders ON orders.order_id = batch.document -> 'row' ->> 'order_id'
),
stored AS (
    INSERT INTO orders (
        order_id, buyer_id, seller_id, stage, status, waiting_on, currency, total, authorized, captured,
        refunded, refunding, released, held, shortfall, refund_state, needs_attention, deadline_kind, deadline_at, next_deadline_at,
        version, entry, created_at, closed_at, reason, run_started_at, history_length, decided_at, opened_by, state
    )
    SELECT
        given.order_id, given.buyer_id, given.seller_id, given.stage, given.status, given.waiting_on, given.currency,
        given.total, given.authorized, given.captured, given.refunded, given.refunding, given.released, given.held, given.shortfall,
        given.refund_state, given.needs_attention, given.deadline_kind, given.deadline_at, given.next_deadline_at,
        given.version, given.entry, given.created_at, given.closed_at, given.reason,
        (batch.document ->> 'run_started_at')::timestamptz, (batch.document ->> 'history_length')::bigint,
        (batch.document ->> 'decided_at')::timestamptz, batch.document ->> 'opened_by', (batch.document ->> 'state')::jsonb
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
        decided_at = excluded.decided_at,
        state = excluded.state
    WHERE
        (orders.run_started_at, orders.history_length, orders.decided_at, orders.entry)
        <= (excluded.run_started_at, excluded.history_length, excluded.decided_at, excluded.entry)
        -- Not the snapshot's word but the row's, read under its lock: of two starts at once only one is the first.
        AND orders.opened_by = excluded.opened_by
    RETURNING true AS ours
),
-- Reading `stored` here is what makes the rest wait for it: statements of one WITH have no order of their own.
outcome AS (
    SELECT EXISTS (SELECT FROM stored) AS written
),
brought AS (
    SELECT entries.of_order AS order_id, min(entries.entry) AS first_entry, max(entries.entry) AS last_entry
    FROM entries
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
        attachments, evidence, platform_only, request_id, said, version, status
    )
    SELECT
        given.of_order, given.entry, given.at, given.role, given.party_id, given.name, given.outcome, given.from_stage,
        given.to_stage, given.summary, given.why, given.money, given.text, given.attachments,
        coalesce(given.evidence, '[]'), given.platform_only, given.request_id, given.said, given.version, given.status
    FROM entries AS given
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
        request_id = excluded.request_id,
        said = excluded.said,
        version = excluded.version,
        status = excluded.status
    -- Most of what comes again is the same: an overlapping record, or one whose answer was lost.
    WHERE
        (timeline.at, timeline.name, timeline.outcome, timeline.party_id, timeline.request_id, timeline.summary, timeline.text)
        IS DISTINCT FROM
        (excluded.at, excluded.name, excluded.outcome, excluded.party_id, excluded.request_id, excluded.summary, excluded.text)
),
-- What has no number yet, or has another content than it was numbered with; the numbers are given later, and not by a
-- record (activities/feed.py). Where this line is missing, the feed never hears of the entry.
to_number AS (
    INSERT INTO unnumbered (order_id, entry)
    SELECT brought.order_id, brought.first_entry FROM brought
),
notices AS (
    SELECT
        batch.document -> 'row' ->> 'order_id' AS order_id,
        row_number() OVER (PARTITION BY notice.entry ORDER BY given.position) AS number,
        notice.entry, notice.role, notice.party_id, notice.kind, notice.text, notice.due_at,
        notice.said
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
    INSERT INTO inbox (order_id, entry, number, role, party_id, kind, text, due_at, said)
    SELECT
        notices.order_id, notices.entry, notices.number, notices.role, notices.party_id, notices.kind, notices.text,
        notices.due_at, notices.said
    FROM notices
    ORDER BY notices.entry, notices.number
    ON CONFLICT (order_id, entry, number) DO UPDATE SET
        role = excluded.role,
        party_id = excluded.party_id,
        kind = excluded.kind,
        text = excluded.text,
        due_at = excluded.due_at,
        said = excluded.said,
        -- Written anew, it is to be told anew: only what is certain leaves the house (activities/notifications.py).
        recorded_at = now(),
        matched_at = NULL
    -- Written again as it was, it is not told again.
    WHERE
        (inbox.role, inbox.party_id, inbox.kind, inbox.text, inbox.due_at)
        IS DISTINCT FROM (excluded.role, excluded.party_id, excluded.kind, excluded.text, excluded.due_at)
),
shares AS (
    SELECT batch.document -> 'row' ->> 'order_id' AS order_id, given.*
    FROM batch
    CROSS JOIN LATERAL jsonb_to_recordset(batch.document -> 'shares') AS given (
        payment_id text, amount bigint, brought bigint, currency text, returned bigint, claimed bigint, whole bigint,
        question text
    )
    WHERE (SELECT outcome.written FROM outcome)
),
-- What a payment brought is the word of the first order that has it, also of two that come at once: the row says which.
registered AS (
    INSERT INTO payments (payment_id, brought, whole, currency, word_of)
    SELECT shares.payment_id, shares.brought, shares.whole, shares.currency, shares.order_id
    FROM shares
    WHERE NOT EXISTS (
        SELECT FROM payments
        WHERE
            payments.payment_id = shares.payment_id
            AND (
                payments.word_of <> shares.order_id
                OR (payments.brought, payments.whole) = (shares.brought, shares.whole)
            )
    )
    ORDER BY shares.payment_id
    ON CONFLICT (payment_id) DO UPDATE SET brought = excluded.brought, whole = excluded.whole
    WHERE payments.word_of = excluded.word_of
    RETURNING payments.payment_id
),
shared AS (
    INSERT INTO payment_shares (
        payment_id, order_id, amount, returned, claimed, whole, question, stands, due_at
    )
    SELECT
        shares.payment_id, shares.order_id, shares.amount, shares.returned, shares.claimed, shares.whole, shares.question,
        true,
        -- Due to be looked at where it can contradict: it is not this order's word what the payment brought.
        CASE
            WHEN shares.payment_id NOT IN (SELECT registered.payment_id FROM registered) AND NOT EXISTS (
                SELECT FROM payments
                WHERE payments.payment_id = shares.payment_id AND payments.word_of = shares.order_id
            ) THEN now()
        END
    FROM shares
    -- Not even locked where nothing changes, which is at most records.
    WHERE NOT EXISTS (
        SELECT FROM payment_shares AS known
        WHERE
            (known.payment_id, known.order_id, known.amount, known.returned, known.claimed, known.whole, known.question)
            = (
                shares.payment_id, shares.order_id, shares.amount, shares.returned, shares.claimed, shares.whole,
                shares.question
            )
            AND known.stands
    )
    ORDER BY shares.payment_id
    ON CONFLICT (payment_id, order_id) DO UPDATE SET
        amount = excluded.amount,
        returned = excluded.returned,
        claimed = excluded.claimed,
        whole = excluded.whole,
        question = excluded.question,
        stands = true,
        due_at = CASE
            WHEN NOT payment_shares.stands THEN excluded.due_at
            WHEN payment_shares.claimed <> excluded.claimed THEN now()
            WHEN payment_shares.question <> 'settled' AND excluded.question = 'settled' THEN now()
            ELSE payment_shares.due_at
        END
),
-- Kept once, also when somebody has seen to it meanwhile.
handed_on AS (
    INSERT INTO unplaced (provider, webhook_id, name, order_id, body, why, fact, said)
    SELECT
        given.provider, given.webhook_id, given.name, batch.document -> 'row' ->> 'order_id', given.body, given.why,
        given.body, given.said
    FROM batch
    CROSS JOIN LATERAL jsonb_to_recordset(batch.document -> 'unplaced') AS given (
        provider text, webhook_id text, name text, body text, why text, said jsonb
    )
    WHERE (SELECT outcome.written FROM outcome)
    ORDER BY given.webhook_id
    ON CONFLICT (provider, webhook_id) DO NOTHING
),
-- The order is there from now on: what came before it is given to it (activities/unplaced.py).
awaited AS (
    UPDATE unplaced SET due_at = now()
    FROM batch
    WHERE
        (SELECT outcome.written FROM outcome) AND NOT EXISTS (SELECT FROM known)
        AND unplaced.waits_for = batch.document -> 'row' ->> 'order_id'
        AND unplaced.ended_at IS NULL AND unplaced.due_at IS NULL
),
words AS (
    SELECT batch.document -> 'row' ->> 'order_id' AS order_id, given.position, word.*
    FROM batch
    CROSS JOIN LATERAL jsonb_array_elements(batch.document -> 'words') WITH ORDINALITY AS given (document, position)
    CROSS JOIN LATERAL jsonb_to_record(given.document) AS word (
        record_id text, attempt integer, state text, provider_reference text
    )
    WHERE (SELECT outcome.written FROM outcome)
),
-- What was said of each call last, and whether it was settled by hand: then none of its record is ever sent again.
heard AS (
    SELECT
        calls.key,
        bool_or(words.attempt IS NULL) AS overtaken,
        (array_agg(words.state ORDER BY words.position DESC) FILTER (WHERE words.attempt IS NOT NULL))[1] AS state,
        (array_agg(words.provider_reference ORDER BY words.position DESC) FILTER (WHERE words.attempt IS NOT NULL))[1]
            AS provider_reference
    FROM words
    INNER JOIN payment_calls AS calls ON
        words.order_id = calls.order_id AND words.record_id = calls.record_id
        AND coalesce(words.attempt, calls.attempt) = calls.attempt
    GROUP BY calls.key
),
said AS (
    UPDATE payment_calls SET
        state = coalesce(heard.state, payment_calls.state),
        overtaken = payment_calls.overtaken OR heard.overtaken,
        provider_reference = coalesce(heard.provider_reference, payment_calls.provider_reference),
        updated_at = now()
    FROM heard
    WHERE
        payment_calls.key = heard.key
        AND (
            payment_calls.state <> coalesce(heard.state, payment_calls.state)
            OR (heard.overtaken AND NOT payment_calls.overtaken)
        )
)
SELECT
    coalesce((SELECT CASE WHEN known.ours THEN 'ours' WHEN known.settled THEN 'settled' ELSE 'open' END FROM known), 'ours')
        AS owner,
    outcome.written OR (
        EXISTS (SELECT FROM known WHERE known.ours)
        AND NOT EXISTS (
            SELECT FROM entries AS given
            LEFT JOIN timeline ON timeline.order_id = given.of_order AND timeline.entry = given.entry
            WHERE
                timeline.entry IS NULL
                OR (timeline.at, timeline.name, timeline.outcome, timeline.party_id, timeline.request_id, timeline.summary, timeline.text)
                IS DISTINCT FROM
                (given.at, given.name, given.outcome, given.party_id, given.request_id, given.summary, given.text)
        )
    ) AS recorded,
    EXISTS (SELECT FROM known WHERE known.ours AND known.of_later_run) AS late
FROM outcome
