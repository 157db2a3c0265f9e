"""What of an order each role may see: the platform all, each side its own and what is between both.

What is not named here both sides see. Which orders somebody sees at all lives in `callers.py`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from starter.client.recorded import SeenEntry
from workflows.messages.values import Role

INSIDE: Final = frozenset(
    """
    needs_attention kept attempts alerted doubted conflict short questions claimed_by not_ours unopened taken openings
    settled_reference settled_by_hand escalated unsent refund_state at_stake
    """.split()
)
"""Names in a view that are the platform's alone: how its calls to the provider went, and what it has to look into."""
SEALED: Final[Mapping[Role, frozenset[str]]] = MappingProxyType(
    {
        Role.BUYER: frozenset({"releases", "commission", "released"}),
        Role.SELLER: frozenset({"granted"}),
    }
)
"""Names in a view that are the other side's: what a seller is paid out is no buyer's business."""
OPEN_WORDS: Final = frozenset(
    "decide_dispute move_deadline decide_cancellation cancel_order".split(),
)
"""The platform's commands whose words are meant for the sides; those of any other are its own notes."""
BETWEEN_TWO: Final = frozenset({"send_message", "request_information", "provide_information"})
"""Words from one to another: whoever else learns that something was said, does not learn what."""
SIDES: Final = (Role.BUYER, Role.SELLER)


def visible(view: Any, eyes: Role | None) -> Any:
    """The view without what these eyes may not see, however deep it stands."""
    return view if eyes is Role.PLATFORM else _without(view, hidden_from(eyes))


def hidden_from(eyes: Role | None) -> frozenset[str]:
    """The names that these eyes do not see; an outsider's see what neither side has sealed."""
    if eyes is Role.PLATFORM:
        return frozenset()
    return INSIDE.union(*(SEALED[side] for side in SIDES if eyes in (side, None) or eyes not in SIDES))


def _without(value: Any, hidden: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner, hidden) for name, inner in value.items() if name not in hidden}
    if isinstance(value, list | tuple):
        return [_without(inner, hidden) for inner in value]
    return value


def visible_entry(entry: SeenEntry, eyes: Role | None) -> dict[str, Any]:
    """A row of the timeline as these eyes may see it."""
    told = entry.model_dump(mode="json", exclude={"to_role", "said"}, exclude_none=True)
    if entry.to_role:
        told["to"] = entry.to_role.value
    if eyes is Role.PLATFORM:
        return told
    told.pop("platform_only")
    told["money"] = {column: by for column, by in told["money"].items() if column not in hidden_from(eyes)}
    if entry.role is not eyes:
        # Who of the platform it was is nobody's business, and another's request id would say what they sent twice.
        told.pop("request_id", None)
        told.pop("why", None)
        if entry.role not in SIDES:
            told.pop("party_id")
        if not _are_words_for(entry, eyes):
            told.pop("text", None)
            told["attachments"] = []
    return told


def _are_words_for(entry: SeenEntry, eyes: Role | None) -> bool:
    """Whether what somebody else wrote is meant for these eyes too."""
    if entry.name in BETWEEN_TWO:
        return entry.to_role is eyes
    match entry.role:
        case Role.PLATFORM:
            return entry.name in OPEN_WORDS
        case Role.PAYMENT_PROVIDER:
            return eyes is Role.BUYER
    return True
