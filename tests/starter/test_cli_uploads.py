"""A file on a command line that lies nowhere is brought to the gateway; where it is not taken, nothing is sent."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asyncpg import Pool
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from activities.files.folder import FolderStore
from activities.files.intake import Files
from activities.files.table import FileTable
from starter.cli.fields import build, message_class, read_fields
from starter.cli.uploads import check_a_gateway_is_known, unplaced, upload
from starter.cli.wrong_usage import WrongUsage
from starter.client.orders import OrderClient
from starter.embedded.processes import free_port
from starter.errors import EngineUnavailable, FileNotTaken
from starter.gateway.callers import Scope
from starter.settings.environment import Settings, load_settings
from tests.activities.sandboxes import listening
from tests.activities.test_pictures import CANARY, SOME, said_everywhere, saved
from tests.starter.doorbell import api_over, new_key

PHOTO = saved(SOME, "image/jpeg", **said_everywhere()["image/jpeg"])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest_asyncio.fixture
async def gateway(pool: Pool, store: Path) -> AsyncIterator[str]:
    client = OrderClient(None, pool, "orders")  # type: ignore[arg-type]  # nothing here asks Temporal
    async with listening(api_over(client, files=Files(FolderStore(store), FileTable(pool)))) as address:
        yield address


def settings_of(gateway: str, key: str) -> Settings:
    return load_settings({"COUNTERMAND_GATEWAY_URL": gateway, "COUNTERMAND_GATEWAY_KEY": key})


def named(folder: Path, name: str, content: bytes = PHOTO, more: str = "") -> str:
    (folder / name).write_bytes(content)
    return f"@{folder / name}{more}"


def evidence(*words: str) -> dict[str, Any]:
    fields = read_fields(message_class("add_evidence"), [f"evidence={word}" for word in words])
    build(message_class("add_evidence"), fields | {"by": {"role": "buyer", "id": "b-7"}})  # as it is judged before
    return fields


async def test_a_file_is_evidence_as_the_gateway_keeps_it(
    gateway: str, pool: Pool, store: Path, tmp_path: Path
) -> None:
    """Its hash is that of what is kept, and the gateway says what it is: a name may not know. All else stays."""
    words = ("words.txt", b"It was whole.")
    fields = evidence(
        named(tmp_path, "foot, broken.jpg", more=",caption=The foot, broken"),
        named(tmp_path, "no_ending"),
        named(tmp_path, "listing.jpg", more=",kind=screenshot"),
        named(tmp_path, *words),
        named(tmp_path, "bill.pdf", b"%PDF-1.4", ",at=https://files.example/bill.pdf"),
    )
    assert len(list(unplaced(fields))) == 3
    placed = await upload(settings_of(gateway, await new_key(pool, Scope.PLATFORM)), fields)
    assert list(unplaced(placed)) == []
    photo, unnamed, screenshot, text, bill = placed["evidence"]
    [kept] = store.glob("??/*")
    assert photo == {
        "kind": "photo",
        "uri": f"{gateway}/files/{kept.name}",
        "sha256": sha256(kept.read_bytes()).hexdigest(),
        "media_type": "image/jpeg",
        "size": kept.stat().st_size,
        "caption": "The foot, broken",
    }
    assert photo["sha256"] != sha256(PHOTO).hexdigest()
    assert CANARY.encode() not in kept.read_bytes()
    assert (unnamed["kind"], unnamed["uri"], screenshot["kind"]) == ("photo", photo["uri"], "screenshot")
    assert (text, bill["uri"]) == ({"kind": "text", "text": "It was whole."}, "https://files.example/bill.pdf")
    assert build(message_class("add_evidence"), placed | {"by": {"role": "buyer", "id": "b-7"}}).name == "add_evidence"


async def test_an_attachment_has_no_kind_and_words_are_a_file_too(gateway: str, pool: Pool, tmp_path: Path) -> None:
    fields = read_fields(message_class("send_message"), [f"attachments={named(tmp_path, '1.txt', b'Hello.')}"])
    [item] = (await upload(settings_of(gateway, await new_key(pool, Scope.SELLER, bound=("seller", "s-3"))), fields))[
        "attachments"
    ]
    assert item.keys() == {"uri", "sha256", "media_type", "size"}
    assert (item["media_type"], item["size"]) == ("text/plain", 6)


async def test_what_the_gateway_refuses_is_told_with_its_code_and_its_reason(
    gateway: str, pool: Pool, tmp_path: Path
) -> None:
    key = await new_key(pool, Scope.BUYER, bound=("buyer", "b-7"))
    reader = await new_key(pool, Scope.READ)
    page = evidence(named(tmp_path, "page.pdf", b"<html><script>"))
    for one, code, told in (
        (key, "unsupported_media_type", "page.pdf was not uploaded, and nothing was sent to the order: "),
        (reader, "wrong_role", "act:platform or act:seller. The key is COUNTERMAND_GATEWAY_KEY."),
        (f"{key}x", "unauthorized", "The key is COUNTERMAND_GATEWAY_KEY."),
    ):
        with pytest.raises(FileNotTaken) as refused:
            await upload(settings_of(gateway, one), page)
        assert (refused.value.code, told in str(refused.value)) == (code, True), str(refused.value)
        assert key not in str(refused.value)


async def test_a_gateway_that_is_away_or_keeps_no_files_is_no_refusal(pool: Pool, tmp_path: Path) -> None:
    fields = evidence(named(tmp_path, "1.jpg"))
    away = settings_of(f"http://127.0.0.1:{free_port()}", "cmk_")
    with pytest.raises(EngineUnavailable, match=r"1\.jpg was not uploaded.*does not answer.*COUNTERMAND_GATEWAY_URL"):
        await upload(away, fields)
    client = OrderClient(None, pool, "orders")  # type: ignore[arg-type]  # as above
    async with listening(api_over(client)) as address:
        with pytest.raises(EngineUnavailable, match="takes no files"):
            await upload(settings_of(address, await new_key(pool, Scope.PLATFORM)), fields)


async def test_what_is_no_gateway_has_taken_nothing(tmp_path: Path) -> None:
    async def hello(_: object) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/files", hello, methods=["POST"])])
    async with listening(app) as address:
        with pytest.raises(FileNotTaken, match="answered with 200"):
            await upload(settings_of(address, "cmk_"), evidence(named(tmp_path, "1.jpg")))


@pytest.mark.parametrize("given", [{}, {"COUNTERMAND_GATEWAY_URL": "http://127.0.0.1:8080"}])
def test_without_a_gateway_it_is_said_what_to_do(tmp_path: Path, given: dict[str, str]) -> None:
    fields = evidence(named(tmp_path, "1.jpg", more=",caption=Broken"))
    with pytest.raises(WrongUsage) as wrong:
        check_a_gateway_is_known(load_settings(given), fields)
    assert f"add that address: evidence=@{tmp_path}/1.jpg,caption=Broken,at=https://…/1.jpg" in str(wrong.value)
    assert "COUNTERMAND_GATEWAY_URL and COUNTERMAND_GATEWAY_KEY" in str(wrong.value)
    placed = evidence(named(tmp_path, "1.jpg", more=",at=https://files.example/1.jpg"))
    check_a_gateway_is_known(load_settings(given), placed)
