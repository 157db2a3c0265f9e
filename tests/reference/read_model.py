"""docs/read_model.md: the tables of Postgres that one may read. A test compares them with a migrated database."""

from collections.abc import Iterator
from typing import Final, NamedTuple


class Column(NamedTuple):
    """One column: its type as Postgres says it, and what it holds."""

    type: str
    holds: str


class Relation(NamedTuple):
    """A table or view: what a row is, its columns, and those that are the engine's own."""

    row: str
    columns: dict[str, Column]
    own: tuple[str, ...] = ()


INSTANT: Final = "timestamp with time zone"
_ORDER_ID: Final = Column("text", "The order's id.")
_MINOR: Final = "In minor units."


def _amounts(**meanings: str) -> dict[str, Column]:
    return {name: Column("bigint", f"{meaning} {_MINOR}") for name, meaning in meanings.items()}


RELATIONS: Final[dict[str, Relation]] = {
    "orders": Relation(
        "One row for each order, as lists show it. It is written with the timeline, in one transaction.",
        {
            "order_id": _ORDER_ID,
            "buyer_id": Column("text", "Whose order it is."),
            "seller_id": Column("text", "Who sells."),
            "stage": Column("text", "Where it is in its story."),
            "status": Column("text", "The slug of its label: `cancellation_approved`."),
            "waiting_on": Column("text", "Whose turn it is: a role, or `nobody`."),
            "currency": Column("text", "ISO 4217."),
            **_amounts(
                total="What it costs.",
                authorized="What the buyer's bank has promised, and what of that was let go of.",
                captured="What the buyer paid.",
                refunded="What went back.",
                refunding="What is on its way back.",
                released="What the seller got, or is on its way there.",
                held="What nobody has yet.",
                shortfall="What the platform is out of pocket.",
            ),
            "refund_state": Column(
                "text", "The worst of refunds and payouts: `needs_attention`, `unknown`, `in_flight`, `final`, `none`."
            ),
            "needs_attention": Column("boolean", "Whether something waits for the platform without a deadline."),
            "deadline_kind": Column("text", "Of the deadline that the awaited party must meet, else of the next."),
            "deadline_at": Column(INSTANT, "When that is."),
            "next_deadline_at": Column(INSTANT, "When the next deadline of any kind is."),
            "version": Column("bigint", "How many events it has accepted."),
            "entry": Column("bigint", "The last row of its timeline."),
            "created_at": Column(INSTANT, "When it was started."),
            "closed_at": Column(INSTANT, "When it was settled; null while it is not."),
            "reason": Column("text", "Why it ended."),
        },
        ("run_started_at", "history_length", "decided_at", "opened_by", "state"),
    ),
    "timeline": Relation(
        "One row for each thing that happened to an order, in order. What was written stays.",
        {
            "order_id": _ORDER_ID,
            "entry": Column("bigint", "Its number, from 1."),
            "at": Column(INSTANT, "When it happened."),
            "role": Column("text", "Who did it; the clock is `system`."),
            "party_id": Column("text", "Which of that role."),
            "name": Column("text", "The command, fact or deadline."),
            "outcome": Column("text", "`accepted`, `recorded`, `refused`, `deadline` or `reminder`."),
            "from_stage": Column("text", "Where the order was; null in the first row."),
            "to_stage": Column("text", "Where it is then."),
            "summary": Column("text", "What happened, as a sentence."),
            "said": Column(
                "jsonb",
                "Of what `summary` and `why` are made, for other languages, and a refusal's `code`; null in old rows.",
            ),
            "why": Column("text", "Why it changed nothing, when it was recorded or refused."),
            "money": Column("jsonb", "What it moved, by column of `orders`, in minor units."),
            "text": Column("text", "What a person wrote."),
            "attachments": Column("jsonb", "[Attachments](messages.md#attachment)."),
            "evidence": Column("jsonb", "[Evidence](messages.md#evidence)."),
            "platform_only": Column("boolean", "Whether buyer and seller must not see it."),
            "request_id": Column("text", "Of the message."),
            "version": Column("bigint", "The order's, after it; null of a row of before this was kept."),
            "status": Column("text", "The slug of the order's label, after it; null likewise."),
        },
    ),
    "events": Relation(
        "One row for each row of each timeline, in one sequence without gaps, and one more whenever a row was written "
        "anew: [the feed](feed.md). No row ever changes.",
        {
            "seq": Column("bigint", "Its number, from 1."),
            "order_id": _ORDER_ID,
            "entry": Column("bigint", "Its row in the order's timeline."),
            "replaces": Column(
                "bigint", "The number of the event whose place it takes; null of the first of its entry."
            ),
            "buyer_id": Column("text", "Whose order it is."),
            "seller_id": Column("text", "Who sells."),
            "version": Column("bigint", "The order's, after it; null of an event of long ago."),
            "name": Column("text", "The command, fact or deadline; `withdrawn`: what it replaces has not happened."),
            "outcome": Column("text", "As in the timeline."),
            "at": Column(INSTANT, "When it happened."),
            "role": Column("text", "Who did it."),
            "party_id": Column("text", "Which of that role."),
            "from_stage": Column("text", "Where the order was; null in the first row."),
            "to_stage": Column("text", "Where it is then."),
            "status": Column("text", "The slug of its label then; null of an event of long ago."),
            "currency": Column("text", "ISO 4217."),
            "money": Column("jsonb", "What it moved, by column of `orders`, in minor units."),
            "summary": Column("text", "What happened, as a sentence."),
            "said": Column("jsonb", "Of what the summary is made; null where nobody kept that."),
            "seen_by": Column(
                "text[]", "Who may see it beside the platform: `buyer`, `seller`, `others` (of neither side)."
            ),
            "numbered_at": Column(INSTANT, "When it got its number."),
        },
    ),
    "notices": Relation(
        "One row for each thing that somebody was told: the inbox of every party, and the engine's own words.",
        {
            "notice_id": Column("bigint", "The order of arrival, by which an inbox is paged."),
            "order_id": _ORDER_ID,
            "entry": Column("bigint", "The row of the timeline; 0 of the engine's own words."),
            "role": Column("text", "Who is told."),
            "party_id": Column("text", "Which of that role; empty for the platform, whoever of it is on duty."),
            "kind": Column("text", "What about."),
            "text": Column("text", "The sentence."),
            "due_at": Column(INSTANT, "By when something is asked of them."),
            "recorded_at": Column(INSTANT, "When it was written."),
            "said": Column("jsonb", "Of what the text is made, for other languages; null in old rows."),
            "read_at": Column(INSTANT, "When it was last read; null, or before `recorded_at`, of what is unread."),
        },
    ),
    "disagreements": Relation(
        "One row for each thing in which the payment provider's book and ours do not agree.",
        {
            "id": Column("bigint", "Its number."),
            "kind": Column("text", "[What disagrees](reconciliation.md)."),
            "key": Column("text", "Of what."),
            "order_id": Column("text", "Of which order; null where nobody can say."),
            "ours": Column("jsonb", "What we have."),
            "theirs": Column("jsonb", "What the provider has."),
            "day": Column("date", "The day that was reconciled."),
            "found_at": Column(INSTANT, "When it was found."),
            "last_seen_at": Column(INSTANT, "When it was last seen."),
            "resolved_at": Column(INSTANT, "When somebody said that it is done with."),
            "note": Column("text", "What they said."),
        },
    ),
}


def page(generated: str) -> str:
    """The page."""
    return "\n".join(
        (
            "# The read model",
            "",
            generated,
            "",
            (
                "Postgres holds what lists, timelines and inboxes show. These tables may be read by anybody who may "
                "see all orders; they are written by the engine alone, and a row is at most a moment behind its order. "
                "Columns that are not named here are the engine's own and may change, as may every other table."
            ),
            "",
            (
                "`orders` is indexed by buyer, seller, status, `waiting_on` (newest first) and `deadline_at`; "
                "`timeline` by order and entry; `events` by its number, also within an order, a buyer's orders and a "
                "seller's; `notices` by its number."
            ),
            "",
            *(line for name, relation in RELATIONS.items() for line in _told(name, relation)),
        )
    )


def _told(name: str, relation: Relation) -> Iterator[str]:
    yield from (f"## {name}", "", relation.row, "", "| column | type | |", "| --- | --- | --- |")
    yield from (f"| `{column}` | {about.type} | {about.holds} |" for column, about in relation.columns.items())
    yield ""
