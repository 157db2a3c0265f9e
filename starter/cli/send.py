"""`countermand send`: from the words of the command line to an answer, by way of the client.

How each word is read lives in `fields.py`, what is printed in `render.py`.
"""

from dataclasses import dataclass

from starter.cli.fields import (
    SIDES,
    STAND_IN,
    Sender,
    build,
    message_class,
    read_body,
    read_fields,
    read_sender,
    usual_sender,
)
from starter.cli.uploads import check_a_gateway_is_known, unplaced, upload
from starter.client.orders import OrderClient
from starter.settings.nearby import settings_here
from workflows.messages.answers import Answer
from workflows.messages.base import Fact, Message


@dataclass(frozen=True, slots=True)
class Words:
    """What stood on the command line."""

    command: str
    fields: tuple[str, ...] = ()
    sender: str | None = None
    request_id: str | None = None
    json_body: str | None = None


async def send_words(order_id: str, words: Words, *, signal: bool) -> Answer | None:
    """Send what the words say; the order's answer, or None when it was sent as a signal."""
    kind = message_class(words.command)
    fields = {} if words.json_body is None else read_body(kind, words.json_body)
    fields |= read_fields(kind, words.fields)
    if words.request_id is not None:
        fields["request_id"] = words.request_id
    sender = None if words.sender is None else read_sender(words.sender)
    if sender is None and "by" not in fields:
        sender = usual_sender(kind)
    settings = settings_here()
    check_a_gateway_is_known(settings, fields)
    async with OrderClient.connect(settings) as client:
        if sender is not None:
            fields["by"] = await _by(client, order_id, sender)
        message = build(kind, fields)
        if any(unplaced(fields)):
            message = build(kind, await upload(settings, fields))
        if not signal:
            return await client.send(order_id, message)
        await _signal(client, order_id, message)
        return None


async def _by(client: OrderClient, order_id: str, sender: Sender) -> dict[str, str]:
    party_id = sender.id
    if party_id is None:
        party_id = (await client.party(order_id, sender.role)).id if sender.role in SIDES else STAND_IN
    return {"role": sender.role, "id": party_id}


async def _signal(client: OrderClient, order_id: str, message: Message) -> None:
    if isinstance(message, Fact):
        await client.report(order_id, message)
    else:
        await client.signal(order_id, message.name, message.model_dump(mode="json", exclude_none=True))
