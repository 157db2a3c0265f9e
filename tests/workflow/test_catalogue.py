"""What an operator finds in Temporal's dialogs: every command and fact by its name, and the shape of its body."""

import json
import re

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata

from tests.workflow.theatre import SELLER, Theatre
from workflows.catalogue import METADATA, shape
from workflows.messages.base import Message
from workflows.messages.commands import MESSAGES, OFFERED


async def told(theatre: Theatre) -> WorkflowMetadata:
    """What the UI asks a worker for when it opens an order's page."""
    metadata: WorkflowMetadata = await theatre.handle.query(METADATA, result_type=WorkflowMetadata)
    return metadata


async def test_the_dialogs_list_every_message_by_its_name_and_nothing_else(theatre: Theatre) -> None:
    await theatre.start()
    definition = (await told(theatre)).definition
    assert definition.type == "Order"
    for offered in (definition.update_definitions, definition.signal_definitions):
        assert [each.name for each in offered] == sorted(OFFERED)


async def test_the_rest_of_the_page_is_still_told(theatre: Theatre) -> None:
    await theatre.start()
    metadata = await told(theatre)
    assert {"order", "allowed", "record"} <= {each.name for each in metadata.definition.query_definitions}
    assert "**Stage**: Pending Payment" in metadata.current_details


async def test_what_the_list_says_of_a_body_is_taken(theatre: Theatre) -> None:
    await theatre.start()
    offered = {each.name: each.description for each in (await told(theatre)).definition.update_definitions}
    shown = offered["cancel_order"]
    body = shown[shown.index("{") :].replace(', "note"?: text', "").replace(": text", f': "{SELLER["id"]}"')
    assert '"out_of_stock"' in body
    chosen = re.sub(r'("reason": )[^,}]*', r'\1"out_of_stock"', re.sub(r'("seller") \| "platform"', r"\1", body))
    answer = await theatre.update("cancel_order", **json.loads(chosen))
    assert answer["stage"] == "cancelled"


def test_a_shape_names_what_must_be_there_and_what_may() -> None:
    assert shape(MESSAGES["ship"]) == (
        '{"by": {"role": "seller", "id": text}, "carrier": text, "tracking": text,'
        ' "deliver_by"?: "2026-11-26T12:00:00Z"}'
    )
    assert shape(MESSAGES["provide_information"]).endswith('"text"?: text, "caption"?: text}, …]}')


@pytest.mark.parametrize("kind", MESSAGES.values(), ids=lambda kind: kind.name)
def test_every_field_of_every_message_stands_in_its_shape(kind: type[Message]) -> None:
    told_of = shape(kind)
    for name, field in kind.model_fields.items():
        if name != "request_id":
            assert (f'"{name}": ' if field.is_required() else f'"{name}"?: ') in told_of
    assert "request_id" not in told_of, "an update takes its update id"
