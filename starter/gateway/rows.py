"""How the rows of an order's pages are told in the OpenAPI file: what happened, what was said, what was shown.

How they are made, and what of them who may see, lives in `read_routes.py` and `visible.py`.
"""

from collections.abc import Mapping
from typing import Any, Final

from starter.client.recorded import SeenEntry
from starter.reference.meanings import meanings
from workflows.messages.evidence import Evidence
from workflows.messages.work import TimelineEntry

_ALWAYS: Final = ("entry", "at", "role", "name", "outcome", "to_stage", "summary", "money", "attachments", "evidence")
_INSTANT: Final = {"type": "string", "format": "date-time"}
_ENTRY: Final = {"type": "integer", "description": "Of the timeline."}
_ROLE: Final = {"$ref": "#/$defs/Role"}


def _where_there_is_one(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A field that is left out where it is null."""
    found = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    rest = {name: one for name, one in schema.items() if name not in ("anyOf", "default", "title")}
    return {**rest, **(found[0] if len(found) == 1 else {"anyOf": found})} if found else rest


_SEEN: Final = SeenEntry.model_json_schema()
_FIELDS: Final = {
    name: _where_there_is_one(one) | ({"description": told} if (told := meanings(TimelineEntry).get(name)) else {})
    for name, one in _SEEN["properties"].items()
    if name not in ("said", "to_role")
}
TIMELINE_ROW: Final[dict[str, Any]] = {
    "title": "TimelineRow",
    "description": "One thing that happened to an order.",
    "type": "object",
    "properties": {
        **_FIELDS,
        "to": {**_ROLE, "description": "To whom it was said."},
        "approved_by": {"type": "string", "description": "Who let it be sent, where it needed a second person."},
    },
    "required": list(_ALWAYS),
    "$defs": _SEEN["$defs"],
}
MESSAGE_ROW: Final[dict[str, Any]] = {
    "title": "MessageRow",
    "description": "One thing that was said.",
    "type": "object",
    "properties": {
        "entry": _ENTRY,
        "at": _INSTANT,
        "from": _ROLE,
        "party_id": {"type": ["string", "null"], "description": "Which of that role."},
        "to": {"anyOf": [_ROLE, {"type": "null"}]},
        "text": {"type": "string", "description": "Where it is meant for whoever asks."},
        "attachments": _FIELDS["attachments"],
    },
    "required": ["entry", "at", "from", "party_id", "to", "attachments"],
    "$defs": _SEEN["$defs"],
}
EVIDENCE_ROW: Final[dict[str, Any]] = {
    "title": "EvidenceRow",
    "description": "One thing that was shown.",
    "type": "object",
    "properties": {
        "entry": _ENTRY,
        "at": _INSTANT,
        "by": _ROLE,
        "with": {"type": "string", "description": "The command that brought it."},
        **{name: _where_there_is_one(one) for name, one in Evidence.model_json_schema()["properties"].items()},
    },
    "required": ["entry", "at", "by", "with", "kind"],
    "$defs": _SEEN["$defs"],
}
ROWS: Final[Mapping[str, dict[str, Any]]] = {
    "timeline": TIMELINE_ROW,
    "messages": MESSAGE_ROW,
    "evidence": EVIDENCE_ROW,
}
"""By the page that has them."""
CURSORS: Final[Mapping[str, Any]] = {
    "title": "Cursors",
    "type": "object",
    "description": "Of each page beside the view, the `cursor` with which its route goes on; null where it is whole.",
    "properties": {kind: {"type": ["string", "null"]} for kind in ROWS},
}
"""Of the pages beside a view."""
