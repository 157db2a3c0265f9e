"""docs/errors.md: every code with which the engine says no, when, and what to do."""

from collections.abc import Iterator
from typing import Final

from starter.reference.meanings import meanings
from workflows.messages.refusal import Code

OTHERS: Final = {
    "order_exists": (
        "A start with the id of an order that is settled. Nothing was started: look at the order that there is."
    ),
    "unknown_order": "A run was asked to go on with an order that was never recorded. Check the id.",
    "not_loaded": "A query while the order is being loaded. Ask again in a moment.",
}
"""Types of failure that are no refusals of a message."""


def page(generated: str) -> str:
    """The page."""
    return "\n".join(
        (
            "# Every way to be told no",
            "",
            generated,
            "",
            (
                "A refused update fails with an application failure: its type is the code, its message a sentence "
                "that is enough for a person, and its details one object:"
            ),
            "",
            "```json",
            '{"code": "already_open", "message": "…", "instead": [{"action": "appeal", "until": "…"}], "fields": []}',
            "```",
            "",
            (
                "`instead` names what the sender can do, most useful first; `fields` stands with `invalid`. Several "
                "codes may fit: the first in this order is given. A signal is not answered: its refusal is a row of "
                "the timeline."
            ),
            "",
            *_told(),
            "## Other failures",
            "",
            *(line for name, text in OTHERS.items() for line in (f"### {name}", "", text, "")),
        )
    )


def _told() -> Iterator[str]:
    told = meanings(Code)
    for code in Code:
        yield from (f"## {code}", "", told[code.name], "")
