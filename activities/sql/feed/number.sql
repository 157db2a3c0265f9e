-- Numbers what at most $1 records have changed, under the lock (feed/lock.sql), which must be had before this statement
-- begins: it counts on from the last number that it sees. It answers with how many events it made, and tells listeners.
--
-- An order's timeline is compared with the last event of each entry, from the first changed entry on, whatever was
-- written meanwhile: a record that was replaced before it was numbered makes no event. What is missing becomes an event;
-- what says otherwise becomes one that replaces the former; and what is gone is taken back by an event of the name $2,
-- for everybody who saw it, so also when somebody of them may not see what stands there now. Such an event says $4, made
-- of $5, by $3 of the system. Listeners are told on the channel $6.
--
-- Who may see an event beside the platform is decided here, and stays so: nobody but the platform sees its notes, only
-- whoever sent it sees what was refused, and a message is between who wrote it and whom it is for.
WITH due AS (
    DELETE FROM unnumbered
    WHERE unnumbered.id IN (SELECT first.id FROM unnumbered AS first ORDER BY first.id LIMIT $1)
    RETURNING unnumbered.order_id, unnumbered.entry
),
changed AS (
    SELECT due.order_id, min(due.entry) AS entry
    FROM due
    GROUP BY due.order_id
),
-- Entry by entry, for an order that was decided anew ever so often has many events of few entries.
numbered AS (
    SELECT last.*
    FROM changed
    CROSS JOIN LATERAL (
        SELECT max(events.entry) AS entry FROM events
        WHERE events.order_id = changed.order_id
    ) AS newest
    CROSS JOIN LATERAL generate_series(changed.entry, newest.entry) AS entries (entry)
    CROSS JOIN LATERAL (
        SELECT events.*
        FROM events
        WHERE events.order_id = changed.order_id AND events.entry = entries.entry
        ORDER BY events.seq DESC
        LIMIT 1
    ) AS last
),
told AS (
    SELECT entries.*
    FROM changed
    CROSS JOIN LATERAL (
        SELECT
            timeline.order_id, timeline.entry, timeline.name, timeline.outcome, timeline.at, timeline.role,
            timeline.party_id, timeline.from_stage, timeline.to_stage, timeline.money, timeline.summary,
            timeline.said -> 'summary' AS said,
            ARRAY(
                SELECT eyes.role
                FROM (VALUES ('buyer'), ('others'), ('seller')) AS eyes (role)
                WHERE
                    NOT timeline.platform_only
                    AND (timeline.outcome <> 'refused' OR timeline.role = eyes.role)
                    AND (
                        timeline.name <> 'send_message'
                        OR timeline.role = eyes.role
                        OR EXISTS (
                            SELECT FROM inbox
                            WHERE
                                inbox.order_id = timeline.order_id
                                AND inbox.entry = timeline.entry
                                AND inbox.kind = 'message'
                                AND inbox.role = eyes.role
                        )
                    )
                ORDER BY eyes.role
            ) AS seen_by,
            -- The last entry's are the order's: a worker of the version before that decides an entry anew leaves here
            -- what the former one led to. Of other entries of before nobody knows them.
            CASE WHEN orders.entry = timeline.entry THEN orders.version ELSE timeline.version END AS version,
            CASE WHEN orders.entry = timeline.entry THEN orders.status ELSE timeline.status END AS status
        FROM timeline
        INNER JOIN orders ON timeline.order_id = orders.order_id
        WHERE timeline.order_id = changed.order_id AND timeline.entry >= changed.entry
        ORDER BY timeline.entry
    ) AS entries
),
different AS (
    SELECT
        coalesce(told.order_id, numbered.order_id) AS order_id,
        coalesce(told.entry, numbered.entry) AS entry,
        numbered.seq AS former,
        numbered.name <> $2 AND (told.entry IS NULL OR NOT numbered.seen_by <@ told.seen_by) AS gone,
        told.entry IS NOT NULL AS stands,
        numbered.seen_by AS former_seen_by
    FROM told
    FULL JOIN numbered ON told.order_id = numbered.order_id AND told.entry = numbered.entry
    WHERE
        numbered.seq IS NULL
        OR (told.entry IS NULL AND numbered.name <> $2)
        OR (
            told.entry IS NOT NULL
            AND (
                told.name, told.outcome, told.at, told.role, told.party_id, told.from_stage, told.to_stage, told.money,
                told.summary, told.seen_by
            ) IS DISTINCT FROM (
                numbered.name, numbered.outcome, numbered.at, numbered.role, numbered.party_id, numbered.from_stage,
                numbered.to_stage, numbered.money, numbered.summary, numbered.seen_by
            )
        )
),
made AS (
    SELECT
        different.order_id, different.entry, 0 AS part, different.former AS replaces, orders.version,
        $2 AS name, 'recorded' AS outcome, now() AS at, 'system' AS role, $3 AS party_id, null AS from_stage,
        orders.stage AS to_stage, orders.status, '{}'::jsonb AS money, $4 AS summary,
        $5::jsonb AS said, different.former_seen_by AS seen_by
    FROM different
    INNER JOIN orders ON different.order_id = orders.order_id
    WHERE different.gone
    UNION ALL
    SELECT
        told.order_id, told.entry, 1, CASE WHEN NOT coalesce(different.gone, false) THEN different.former END,
        told.version, told.name, told.outcome, told.at, told.role, told.party_id, told.from_stage, told.to_stage,
        told.status, told.money, told.summary, told.said, told.seen_by
    FROM different
    INNER JOIN told ON different.order_id = told.order_id AND different.entry = told.entry
),
placed AS (
    SELECT
        made.*,
        -- Where clocks differ an entry may be older than the one before it, and comes after it all the same.
        max(made.at) OVER (PARTITION BY made.order_id ORDER BY made.entry, made.part) AS since
    FROM made
),
counted AS (
    SELECT
        placed.*,
        coalesce((SELECT max(events.seq) FROM events), 0)
        + row_number() OVER (ORDER BY placed.since, placed.order_id, placed.entry, placed.part) AS seq
    FROM placed
),
kept AS (
    INSERT INTO events (
        seq, order_id, entry, replaces, buyer_id, seller_id, version, name, outcome, at, role, party_id, from_stage,
        to_stage, status, currency, money, summary, said, seen_by
    )
    SELECT
        counted.seq, counted.order_id, counted.entry,
        coalesce(
            lag(counted.seq) OVER (PARTITION BY counted.order_id, counted.entry ORDER BY counted.part), counted.replaces
        ),
        orders.buyer_id, orders.seller_id, counted.version, counted.name, counted.outcome, counted.at, counted.role,
        counted.party_id, counted.from_stage, counted.to_stage, counted.status, orders.currency, counted.money,
        counted.summary, counted.said, counted.seen_by
    FROM counted
    INNER JOIN orders ON counted.order_id = orders.order_id
    ORDER BY counted.seq
    RETURNING events.seq
)
SELECT
    (SELECT count(*) FROM due) AS taken,
    count(*) AS made,
    max(kept.seq) AS last,
    CASE WHEN count(*) > 0 THEN pg_notify($6, max(kept.seq)::text) END AS told
FROM kept
