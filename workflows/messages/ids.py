"""The ids that we build: of an order's workflow, of an update. Each format is built here and parsed beside it.

Who does not live here: the shape of the ids that callers choose (`values.py`).
"""

import hashlib
import re
from typing import Final

from workflows.messages.complaints import Complaint, shown
from workflows.messages.fields import MAX_ID
from workflows.messages.sentences import say

_PREFIX: Final = "order-"
_ORDER_ID: Final = re.compile(r"(?!\.+$)[A-Za-z0-9._-]{1,64}")
_DIGEST_CHARACTERS: Final = 12
"""48 bits tell the few contents apart that one request id is ever sent with, and stay readable."""


def workflow_id(order_id: str) -> str:
    """The id of the workflow that carries the order `order_id`. Raises `ValueError` when that is no order id."""
    if not can_be_an_order(order_id):
        raise Complaint(
            say(
                '"{order_id}" is not an order id; one has 1 to 64 letters, digits, dots, underscores and hyphens, and '
                "not dots only",
                order_id=shown(order_id),
            )
        )
    return _PREFIX + order_id


def can_be_an_order(order_id: str) -> bool:
    """Whether an order can have this id."""
    return _ORDER_ID.fullmatch(order_id) is not None


def order_id_of(workflow_id: str) -> str | None:
    """The order that the workflow `workflow_id` carries, or None when no order can have this workflow id."""
    order_id = workflow_id.removeprefix(_PREFIX)
    if order_id == workflow_id or not _ORDER_ID.fullmatch(order_id):
        return None
    return order_id


def update_id(request_id: str, content: str) -> str:
    """The update id under which a client sends the request `request_id` with the JSON `content`.

    Temporal answers a known update id by itself, whatever the new content is. With the content's digest in it the same
    request is answered for nothing, and the same request id with other content reaches the order, which refuses it
    (R7).
    """
    digest = hashlib.sha256(content.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{request_id}.{digest}"


def request_id_of(update_id: str) -> str:
    """The request id of an update that brought none: its update id, or what stands for one that cannot be that."""
    if len(update_id) <= MAX_ID and update_id.strip() and update_id.isprintable():
        return update_id
    return hashlib.sha256(update_id.encode()).hexdigest()
