"""What the gateway says of itself: a valid OpenAPI file that names every message, and pages that need nothing else."""

import json
import re
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from openapi_spec_validator import OpenAPIV31SpecValidator

from starter.client.orders import OrderClient
from starter.gateway.problems import Trouble
from tests.starter.doorbell import api_over, calling
from workflows.messages.commands import OFFERED
from workflows.messages.refusal import Code


@pytest_asyncio.fixture(scope="module")
async def told(pool: asyncpg.Pool) -> dict[str, str]:
    """Each page, by its path."""
    async with calling(api_over(OrderClient(None, pool, "orders"))) as http:  # type: ignore[arg-type]
        pages = {path: await http.get(path) for path in ("/openapi.json", "/docs", "/docs/errors")}
    assert [page.status_code for page in pages.values()] == [200, 200, 200]
    return {path: page.text for path, page in pages.items()}


@pytest.fixture
def document(told: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told["/openapi.json"])
    return found


def test_the_file_is_valid(document: dict[str, Any]) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


@pytest.mark.parametrize("name", OFFERED)
def test_every_message_is_there_with_its_fields_and_without_its_sender(document: dict[str, Any], name: str) -> None:
    operation = document["paths"][f"/orders/{{order_id}}/{name}"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert operation["operationId"] == name
    assert schema == {"$ref": f"#/components/schemas/{OFFERED[name].__name__}"}
    fields = document["components"]["schemas"][OFFERED[name].__name__]["properties"]
    assert set(fields) == set(OFFERED[name].model_fields) - {"by", "request_id"}
    assert {"200", "401", "403", "404", "409", "412", "422", "429", "503"} <= set(operation["responses"])


def test_the_feed_is_told_as_pages_and_as_a_stream(document: dict[str, Any]) -> None:
    operation = document["paths"]["/events"]["get"]
    assert set(operation["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    asked = {one["name"] for one in operation["parameters"] if "name" in one}
    assert asked == {"after", "order", "limit", "Last-Event-ID"}
    event = document["components"]["schemas"]["Event"]
    assert set(event["required"]) == set(event["properties"])


def test_whatever_goes_in_or_out_as_an_object_has_a_name(document: dict[str, Any]) -> None:
    """A client's types are made of it, and what has no name is no type."""
    named = document["components"]["schemas"]
    assert [name for name, one in named.items() if _has_nameless(one.get("properties", one))] == []
    for operations in document["paths"].values():
        for one in operations.values():
            contents = [one.get("requestBody", {}), *one["responses"].values()]
            schemas = [told["schema"] for each in contents for told in each.get("content", {}).values()]
            assert [schema for schema in schemas if "properties" in schema] == []


def _has_nameless(part: Any) -> bool:
    """Whether an object with fields of its own stands in it."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return any((isinstance(one, dict) and "properties" in one) or _has_nameless(one) for one in inner)


def test_no_two_operations_have_one_name(document: dict[str, Any]) -> None:
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))


def test_the_pages_need_nothing_from_elsewhere(told: dict[str, str]) -> None:
    for path in ("/docs", "/docs/errors"):
        assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?(https?:)?//""", told[path])
        assert "<script" not in told[path]


@pytest.mark.parametrize("code", [*Code, *Trouble])
def test_the_page_of_every_problem_exists(told: dict[str, str], code: str) -> None:
    assert re.search(rf'<dt id="{code}">.*?</dt><dd>.{{20,}}?</dd>', told["/docs/errors"])


def test_every_message_has_a_place_on_the_page(told: dict[str, str]) -> None:
    assert [name for name in OFFERED if f'id="{name}"' not in told["/docs"]] == []
