"""Files of this machine that lie nowhere yet are brought to the gateway, and are evidence under the address it answers.

Which words name a file, and what it is, lives in `files.py`.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

import httpx

from starter.cli.files import FILE_FIELDS, Unplaced, placed
from starter.cli.wrong_usage import WrongUsage
from starter.errors import EngineUnavailable, FileNotTaken
from starter.settings.environment import Settings

LIMITS: Final = httpx.Timeout(10.0, read=60.0, write=60.0)
"""For a connection, and for a piece of the file or of the answer: a picture is drawn anew meanwhile, within seconds."""
LATER: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
"""Of the answers below 500 those after which the same may go well."""


def unplaced(fields: dict[str, Any]) -> Iterator[Unplaced]:
    """The files among the fields that lie nowhere yet."""
    for name in FILE_FIELDS:
        items = fields.get(name)
        yield from (item for item in (items if isinstance(items, list) else ()) if isinstance(item, Unplaced))


def check_a_gateway_is_known(settings: Settings, fields: dict[str, Any]) -> None:
    """Raises `WrongUsage` for a file that lies nowhere, where no gateway is named that takes it."""
    for item in unplaced(fields):
        if settings.gateway_url is None or settings.gateway_key is None:
            name = item.file.name
            raise WrongUsage(
                f"{item.word!r}: an order keeps a file's hash and where it lies, not the file. Put {name} where both "
                f"sides can fetch it, and add that address: {item.word},at=https://…/{name}. Or name a gateway that "
                "keeps it, with COUNTERMAND_GATEWAY_URL and COUNTERMAND_GATEWAY_KEY."
            )


async def upload(settings: Settings, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, with each file that lay nowhere by now at the gateway. Raises `FileNotTaken`, or `EngineUnavailable`
    where it does not answer; nothing but files has then gone anywhere."""
    check_a_gateway_is_known(settings, fields)
    headers = {"Authorization": f"Bearer {settings.gateway_key}"}
    async with httpx.AsyncClient(base_url=settings.gateway_url or "", headers=headers, timeout=LIMITS) as http:
        for item in unplaced(fields):
            told = await _taken(http, item)
            for name in FILE_FIELDS:
                items = fields.get(name)
                if isinstance(items, list):
                    fields = fields | {name: [placed(item, told) if one is item else one for one in items]}
    return fields


async def _taken(http: httpx.AsyncClient, item: Unplaced) -> dict[str, Any]:
    """What the gateway says of the file that it has taken."""
    sent = f"{item.file} was not uploaded, and nothing was sent to the order"
    try:
        answer = await http.post("/files", content=item.file.read_bytes(), headers={"Content-Type": item["media_type"]})
    except httpx.HTTPError as error:
        raise EngineUnavailable(
            f"{sent}: the gateway at {http.base_url} does not answer ({str(error) or type(error).__name__}). "
            "COUNTERMAND_GATEWAY_URL names it."
        ) from error
    told = _object(answer)
    if answer.status_code == HTTPStatus.CREATED and told.keys() >= {"uri", "sha256", "media_type", "size"}:
        return told
    why = str(told.get("detail") or f"the gateway at {http.base_url} answered with {answer.status_code}.")
    if answer.is_server_error or answer.status_code in LATER:
        raise EngineUnavailable(f"{sent}: {why}")
    if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        why = f"{why} The key is COUNTERMAND_GATEWAY_KEY."
    raise FileNotTaken(str(told.get("code") or "not_taken"), f"{sent}: {why}")


def _object(answer: httpx.Response) -> dict[str, Any]:
    """What was answered; nothing, where it is no JSON object: something else than a gateway may answer there."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
