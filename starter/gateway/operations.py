"""What programs call a route: found from its method and path, so that a new one has a name by itself."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starter.gateway.doors import Door

_VERBS: Final = {"GET": "get", "PUT": "set", "PATCH": "change", "DELETE": "delete"}
_ORDERS: Final = "/orders/{order_id}/"


def operation_id(door: Door) -> str:
    """`get_order_timeline` of `GET /orders/{order_id}/timeline`, `read_notice` of `POST /notices/{id}/read`; a command
    is called as it is."""
    if door.called:
        return door.called
    parts = re.sub(r"[^a-z0-9_/{}]+", "_", door.path.strip("/").lower()).split("/")
    if door.method == "POST" and door.path.startswith(_ORDERS):
        return parts[-1]
    of_one = [part.startswith("{") for part in (*parts[1:], "")]
    words = [_one(part) if one else part for part, one in zip(parts, of_one, strict=True) if part[0] != "{"]
    if door.method != "POST":
        return "_".join((_VERBS[door.method], *words))
    if "{" not in door.path:
        return "_".join(("create", *words[:-1], _one(words[-1])))
    if parts[-1].startswith("{"):
        return "_".join(("change", *words))
    return "_".join((words[-1], *words[:-1]))


def shape_of_answer(door: Door, schema: Mapping[str, Any]) -> str:
    """What its answer is called, where that has no name of its own: `OrdersPage`."""
    what = operation_id(door).removeprefix("get_")
    name = "".join(word.capitalize() for word in what.split("_"))
    return f"{name}Page" if "cursor" in schema.get("properties", ()) else f"{name}Answer"


def links_of(door: Door, doors: Sequence[Door]) -> dict[str, Any]:
    """From its answer to all that can be asked with it: the routes whose path begins with what the answer names."""
    found: dict[str, Any] = {}
    for name, place in door.leads.items():
        begins = f"{door.path.partition('/{')[0]}/{{{name}}}"
        for one in doors:
            if one is not door and f"{one.path}/".startswith(f"{begins}/"):
                parameters = {name: f"$response.body#{place}"}
                found[operation_id(one)] = {"operationId": operation_id(one), "parameters": parameters}
    return found


def _one(word: str) -> str:
    """`policy` of `policies`."""
    if word.endswith("ies"):
        return word.removesuffix("ies") + "y"
    return word.removesuffix("s")
