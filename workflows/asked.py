"""The query `preview` taken apart: which command, and for which instant. What it would do the process says."""

import json
from datetime import datetime
from typing import Final

from workflows.messages.answers import Preview
from workflows.messages.decoding import decode, decode_as
from workflows.messages.durations import MAX_DURATION
from workflows.messages.fields import Instant
from workflows.messages.refusal import Code, Refusal, Refused
from workflows.messages.sentences import say
from workflows.messages.values import Wire
from workflows.process.preview import preview_of
from workflows.process.refusals import invalid_field
from workflows.process.state.order import Order

ASKED: Final = ("name", "at")
"""What of the query is not the command's."""


class _At(Wire):
    at: Instant


def previewed(order: Order, asked: bytes, now: datetime) -> Preview | Refusal:
    """What the command would do, or the refusal. `asked`: its fields, its `name`, and maybe `at`, the asker's clock: a
    workflow's own stands still between its messages, and the deadlines shown would begin in the past."""
    try:
        given = json.loads(asked or b"null")
        if not isinstance(given, dict) or not isinstance(given.get("name"), str):
            raise Refused(
                Code.INVALID, say("Ask with one object: the command's name, and its fields."), fields=("name",)
            )
        if "at" in given:
            at = decode_as(_At, say("The question"), json.dumps({"at": given["at"]}).encode()).at
            if at > now + MAX_DURATION:
                raise invalid_field("at", say("must be at most {days} days ahead", days=MAX_DURATION.days))
            now = max(now, at)
        fields = {name: value for name, value in given.items() if name not in ASKED}
        return preview_of(order, decode(given["name"], json.dumps(fields).encode()), now)
    except Refused as refused:
        return refused.refusal
    except (ValueError, RecursionError):
        return Refused(Code.INVALID, say("The question is not JSON."), fields=("name",)).refusal
