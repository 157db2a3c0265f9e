"""docs/terms.md: every term, and whole policies that shops of different kinds would start with."""

import json
from collections.abc import Iterator
from typing import Any, Final

from starter.reference.fields import table, value
from starter.reference.meanings import meanings, sentence
from workflows.messages.terms import AutoApproval, Calendar, Terms

POLICIES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "A lenient seller": (
        (
            "The buyer may cancel for an hour without asking, and afterwards silence means yes; who is not content "
            "may say so for a month."
        ),
        {
            "auto_approve": [{"within": "PT1H"}],
            "respond_within": "PT24H",
            "on_seller_silence": "approve",
            "protect_for": "P30D",
            "on_lost_return": "full_refund",
        },
    ),
    "Digital goods": (
        "Nothing travels: the seller has a day, the buyer three to say that it does not work.",
        {
            "ship_within": "P1D",
            "deliver_within": "P1D",
            "delivery_extensions": "PT0S",
            "protect_for": "P3D",
            "on_no_delivery": "full_refund",
            "answer_within": "P1D",
        },
    ),
    "Business to business, charged at shipment": (
        "The bank promises the money, and it is taken when the goods leave; weekends and holidays do not count.",
        {
            "pay_within": "P14D",
            "capture": "at_shipment",
            "ship_within": "10 business days",
            "on_missed_shipment": "remind",
            "respond_within": "3 business days",
            "answer_within": "5 business days",
            "calendar": {"time_zone": "Europe/Berlin", "holidays": ["2026-12-25", "2027-01-01"]},
        },
    ),
    "A strict house": (
        "One request, one dispute, no appeal; who is silent has lost.",
        {
            "cancellation_requests": 1,
            "disputes": 1,
            "appeal_within": "PT0S",
            "on_seller_silence": "ask_platform",
            "on_undecided": "no_refund",
            "answer_within": "PT48H",
        },
    ),
}
EXAMPLES: Final[dict[str, Any]] = {
    "auto_approve": [{"within": "PT1H", "up_to": 5000}],
    "calendar": {"time_zone": "Europe/Berlin", "holidays": ["2026-12-25"]},
}


def page(generated: str) -> str:
    """The page."""
    return "\n".join(
        (
            "# Every term",
            "",
            generated,
            "",
            (
                "The start input's `terms` names only what differs from the defaults; an order keeps the terms that it "
                "was started with. A duration is one string: ISO 8601 (`PT72H`, `P15D`; no months, nobody knows how "
                "long one is), or `5 business days`: the fifth business day after the local date of the start, at the "
                "same local time. At most 400 days."
            ),
            "",
            *_terms(),
            "## An entry of `auto_approve`",
            "",
            *table(AutoApproval),
            "",
            "## The `calendar`",
            "",
            sentence(Calendar.__doc__),
            "",
            *table(Calendar),
            "",
            "## Policies to begin with",
            "",
            *(line for name, policy in POLICIES.items() for line in _policy(name, *policy)),
        )
    )


def _terms() -> Iterator[str]:
    schema, told, defaults = Terms.model_json_schema(), meanings(Terms), Terms().model_dump(mode="json")
    for name, field in schema["properties"].items():
        yield from (f"### {name}", "", told[name], "")
        yield f"- **Choices**: {_choices(name, field, schema)}"
        yield f"- **Default**: `{json.dumps(defaults[name])}`"
        yield f"- **Example**: `{json.dumps({name: EXAMPLES.get(name) or _other(field, defaults[name])})}`"
        yield ""


def _choices(name: str, field: dict[str, Any], schema: dict[str, Any]) -> str:
    if name in EXAMPLES:
        return "see below"
    if name in ("appeal_within", "delivery_extensions"):
        return "a duration; `PT0S`: none"
    return value(field, schema.get("$defs", {}))


def _other(field: dict[str, Any], default: object) -> object:
    """Another value than the default."""
    match field:
        case {"enum": words}:
            return next(word for word in words if word != default)
        case {"type": "integer", "minimum": int(least)}:
            return least + 1 if default == least else least
        case _:
            return "P2D"


def _policy(name: str, why: str, terms: dict[str, Any]) -> Iterator[str]:
    yield from (f"### {name}", "", why, "", "```json", json.dumps({"terms": terms}, indent=2), "```", "")
