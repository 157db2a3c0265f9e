"""docs/messages.md: every command and fact, as somebody needs it who writes one."""

from collections.abc import Iterator
from typing import Final

from starter.reference.examples import EXAMPLES, body, written
from starter.reference.fields import table
from starter.reference.meanings import sentence
from tests.reference.explored import answers
from workflows.messages.attachments import Attachment
from workflows.messages.base import Command, Message
from workflows.messages.commands import OFFERED
from workflows.messages.disputes import OpenDispute
from workflows.messages.evidence import Evidence
from workflows.messages.refusal import Code
from workflows.messages.values import Party
from workflows.messages.vocabulary import DisputeReason
from workflows.process.dispute.disputes import DEMANDS

EVERYWHERE: Final = (Code.INVALID, Code.REQUEST_ID_REUSED, Code.NOT_YOUR_ORDER, Code.WRONG_ROLE, Code.ORDER_CLOSED)
"""What any command may be refused with, wherever the order is."""


def page(generated: str) -> str:
    """The page."""
    commands = [kind for kind in OFFERED.values() if issubclass(kind, Command)]
    facts = [kind for kind in OFFERED.values() if not issubclass(kind, Command)]
    return "\n".join(
        (
            "# Every command and fact",
            "",
            generated,
            "",
            *_introduction(),
            "## Commands",
            "",
            "What a party asks for. It is done, or refused with a code, a sentence and what is possible instead.",
            "",
            *(line for kind in commands for line in _told(kind)),
            "## Facts",
            "",
            (
                "What a system reports. A genuine one is never refused: it is taken, or recorded without effect, and "
                "then the answer says `applied: false` and `why`."
            ),
            "",
            *(line for kind in facts for line in _told(kind)),
            "## Shapes that several messages carry",
            "",
            *(line for shape in (Party, Evidence, Attachment) for line in _shape(shape)),
        )
    )


def _introduction() -> Iterator[str]:
    yield (
        "Each is an update and a signal of Temporal of that name, with one JSON object: the update answers, the signal "
        "does not. Every one carries `by`, who sends it (a [party](#party)), and may carry `request_id` (1 to 64 "
        "characters): the same id with the same content gets the same answer, and does nothing again. An update "
        "without one takes its update id; a signal without one is not deduplicated. A field that no message of that "
        "name has is an error. Amounts are integers in minor units of the currency: `2299` is 22.99 USD."
    )
    yield ""
    refused = ", ".join(f"[`{code}`](errors.md#{code})" for code in EVERYWHERE)
    yield f"Any command may be refused as {refused}; what else each may be refused with stands beside it."
    yield ""
    yield "Every example is sent by a test, to the order A-1001 of buyer b-7 and seller s-3, and is taken."
    yield ""


def _told(kind: type[Message]) -> Iterator[str]:
    name = kind.name
    yield f"### {name}"
    yield ""
    yield sentence(kind.__doc__)
    yield ""
    yield from _who_and_when(kind)
    yield ""
    rows = list(table(kind, without=("by", "request_id")))
    yield from (*rows, "") if rows else ("It has no fields of its own.", "")
    if kind is OpenDispute:
        yield from _demanded()
    yield from ("```json", written(body(name, EXAMPLES[name].fields)), "```", "")


def _demanded() -> Iterator[str]:
    yield from ("| reason | evidence that it demands |", "| --- | --- |")
    for reason in DisputeReason:
        kinds = " and ".join(" or ".join(f"`{kind}`" for kind in each) for each in DEMANDS.get(reason, ()))
        yield f"| `{reason}` | {kinds or '–'} |"
    yield ""


def _who_and_when(kind: type[Message]) -> Iterator[str]:
    told = answers().get(kind.name)
    yield f"- **Who**: {' or '.join(f'`{role}`' for role in kind.roles)}."
    if issubclass(kind, Command):
        yield f"- **On a button**: {kind.label}."
    if told and told.takes:
        yield f"- **Where an order may take it**: {', '.join(f'`{place}`' for place in told.takes)}."
    if kind.until:
        yield f"- **Too late once one of these has passed**: {', '.join(f'`{each}`' for each in kind.until)}."
    codes = [code for code in Code if told and code in told.codes and code not in EVERYWHERE]
    if codes:
        yield f"- **May be refused as**: {', '.join(f'[`{code}`](errors.md#{code})' for code in codes)}."
    if kind.platform_only:
        yield "- **In the timeline** only the platform sees it."


def _shape(kind: type[Party] | type[Evidence] | type[Attachment]) -> Iterator[str]:
    yield from (f"### {kind.__name__.lower()}", "", sentence(kind.__doc__), "", *table(kind), "")
