-- Approvals: commands of the platform that move more than one person may move, from the asking to what came of them.

CREATE TABLE approvals (
    approval_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id text NOT NULL COLLATE "C",
    command text NOT NULL,
    -- The whole message, from whom and with its request id: it is sent as often as it takes, and carried out once.
    message jsonb NOT NULL,
    request_id text NOT NULL,
    -- The order as the asker saw it, and what it would have moved then, in minor units by currency: no more is approved.
    version bigint NOT NULL,
    at_stake jsonb NOT NULL,
    asked_by text NOT NULL,
    -- Every name under which the asker could come again, and the key through which they came.
    asked_as text [] NOT NULL,
    asked_through text,
    asked_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    -- Nobody writes down that one has expired: the clock says it.
    state text NOT NULL DEFAULT 'awaiting_approval' CHECK (
        state IN ('awaiting_approval', 'approved', 'sent', 'refused', 'outgrown', 'declined')
    ),
    decided_by text,
    decided_at timestamptz,
    note text,
    -- What the order said to it. Null of one that was sent and whose answer nobody knows any more.
    answer jsonb,
    refusal jsonb,
    UNIQUE (order_id, request_id),
    CHECK ((state = 'awaiting_approval') = (decided_by IS NULL))
);

CREATE INDEX approvals_by_state ON approvals (state, approval_id DESC);
