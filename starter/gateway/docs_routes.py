"""`/openapi.json`, `/docs`, `/docs/errors`: what there is, told by the gateway itself, with nothing from elsewhere."""

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any, Final

from starlette.responses import HTMLResponse, Response

from starter.gateway.components import without_references
from starter.gateway.doors import EVERYBODY, Ask, Door
from starter.gateway.openapi import document
from starter.gateway.problems import PAGE, STATUS, Trouble
from starter.reference.meanings import meanings
from workflows.messages.refusal import Code

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=300",
}
_STYLE: Final = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
summary { cursor: pointer; padding: .25rem 0 } code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { overflow: auto; padding: .75rem; border: 1px solid #8886; border-radius: .25rem } dt { margin-top: 1rem }
"""


def docs_doors(doors: Sequence[Door]) -> Sequence[Door]:
    """The pages about `doors`, and about themselves."""
    pages: list[Door] = []

    @cache
    def told() -> dict[str, Any]:
        return document([*doors, *pages])

    async def openapi(_: Ask) -> Response:
        return Response(json.dumps(told()), media_type="application/json", headers=_HEADERS)

    async def docs(_: Ask) -> Response:
        return HTMLResponse(_page("Countermand over HTTP", _docs(told())), headers=_HEADERS)

    async def errors(_: Ask) -> Response:
        return HTMLResponse(_page("Every way to be told no", _errors()), headers=_HEADERS)

    pages += (
        Door("GET", "/openapi.json", EVERYBODY, openapi, "This file.", None, {200: {"type": "object"}}),
        Door("GET", "/docs", EVERYBODY, docs, "Every path, to be read by people.", None, {200: None}),
        Door("GET", PAGE, EVERYBODY, errors, "Every code, and what to do.", None, {200: None}),
    )
    return pages


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )


def _docs(told: dict[str, Any]) -> str:
    intro = (
        "<p>Send <code>Authorization: Bearer</code> with a token or a key (<code>countermand keys make</code>), and "
        "JSON. "
        'The same for programs: <a href="/openapi.json">openapi.json</a>. '
        f'<a href="{PAGE}">Every way to be told no</a>.</p>'
    )
    parts = [
        _operation(path, method, one, told["components"])
        for path, methods in told["paths"].items()
        for method, one in methods.items()
    ]
    return intro + "".join(parts)


def _operation(path: str, method: str, one: dict[str, Any], components: dict[str, Any]) -> str:
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    parameters = [_named(components["parameters"], each) for each in one["parameters"]]
    answers = {status: _named(components["responses"], answer) for status, answer in one["responses"].items()}
    shown = {
        "scopes": one.get("x-scopes", "nobody is asked who they are"),
        "parameters": {each["name"]: each["schema"] for each in parameters},
        **({"body": without_references(body, components["schemas"])} if body else {}),
        "answers": {status: answer["description"] for status, answer in answers.items()},
    }
    return (
        f'<details id="{escape(one["operationId"])}"><summary><code>{escape(method.upper())} {escape(path)}</code> '
        f"{escape(one['summary'])}</summary><pre>{escape(json.dumps(shown, indent=2))}</pre></details>"
    )


def _named(known: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    """What stands there, or is referred to."""
    found: dict[str, Any] = known[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
    return found


@cache
def _errors() -> str:
    told: list[tuple[str, int | None, str]] = [
        (str(code), STATUS.get(code, 409), meanings(Code)[code.name]) for code in Code
    ]
    told += [(str(code), None, meanings(Trouble)[code.name]) for code in Trouble]
    rows = (
        f'<dt id="{code}"><code>{code}</code>{f" ({status})" if status else ""}</dt><dd>{escape(meaning)}</dd>'
        for code, status, meaning in told
    )
    return f"<dl>{''.join(rows)}</dl>"
