"""For tests of the gateway: whatever it answers is what its OpenAPI file says of it. No test is here."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, Final

import httpx
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from starlette.applications import Starlette
from starlette.routing import Route

from tests.reference.openapi import text

FILE: Final = "urn:openapi"
WORD: Final = str.maketrans({"~": "~0", "/": "~1"})
"""How a key is written in a JSON pointer."""


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text())
    return found


@cache
def _validator(reference: str) -> Draft202012Validator:
    known: Registry[Any] = Registry().with_resource(FILE, Resource.from_contents(_file(), DRAFT202012))
    return Draft202012Validator({"$ref": FILE + reference}, registry=known)


def _told(route: Route, answer: httpx.Response) -> tuple[str, Mapping[str, Any]]:
    """Where in the file it stands what such an answer is, and that."""
    method, status = answer.request.method.lower(), str(answer.status_code)
    responses = _file()["paths"][route.path][method]["responses"]
    assert status in responses, f"{method} {route.path} answers {status}, and the file does not say so"
    if "$ref" not in responses[status]:
        return f"#/paths/{route.path.translate(WORD)}/{method}/responses/{status}", responses[status]
    reference = responses[status]["$ref"]
    found: dict[str, Any] = _file()["components"]["responses"][reference.rpartition("/")[2]]
    return reference, found


def as_written(app: Starlette) -> Callable[[httpx.Response], Awaitable[None]]:
    """Looks at each answer of `app`. Raises AssertionError for one of which its OpenAPI file knows nothing."""
    routes = [route for route in app.routes if isinstance(route, Route)]

    async def looked_at(answer: httpx.Response) -> None:
        path, method = answer.request.url.path, answer.request.method
        route = next((one for one in routes if one.path_regex.match(path) and method in (one.methods or ())), None)
        if route is None:
            return
        place, told = _told(route, answer)
        media_type, known = answer.headers.get("content-type", "").partition(";")[0], told.get("content", {})
        assert not known or media_type in known or "*/*" in known, f"{method} {path} answers {media_type}"
        if media_type in known and media_type.endswith("json"):
            kept = json.loads(await answer.aread())
            found = _validator(f"{place}/content/{media_type.translate(WORD)}/schema").iter_errors(kept)
            wrong = [f"{error.json_path}: {error.message[:200]}" for error in found]
            assert wrong == [], f"{method} {path} answers {answer.status_code} with what its file does not say"

    return looked_at
