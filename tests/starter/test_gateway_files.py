"""`/files` over HTTP: evidence is uploaded, referred to, and read by whom it concerns and by nobody else."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from asyncpg import Pool

from activities.files.folder import FolderStore
from activities.files.intake import Files
from activities.files.table import FileTable
from activities.read_model import Records
from starter.client.orders import OrderClient
from starter.gateway.callers import Scope
from starter.serving import configured
from tests.activities.test_pictures import CANARY, SOME, said_everywhere, saved
from tests.activities.test_records import batch, happened
from tests.starter.doorbell import BUYER, OPS, SELLER, api_over, as_person, bearer, calling, new_key
from workflows.messages.attachments import MAX_ATTACHMENT_BYTES
from workflows.messages.evidence import Evidence

PHOTO: Final = saved(SOME, "image/jpeg", **said_everywhere()["image/jpeg"])


@pytest_asyncio.fixture
async def http(pool: Pool, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    client = OrderClient(None, pool, "orders")  # type: ignore[arg-type]  # nothing here asks Temporal
    async with calling(api_over(client, files=Files(FolderStore(tmp_path / "files"), FileTable(pool)))) as made:
        yield made


async def uploaded(http: httpx.AsyncClient, content: bytes = PHOTO, **headers: str) -> dict[str, Any]:
    answer = await http.post("/files", content=content, headers=BUYER | headers)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/files/{told['sha256']}"
    return told


async def shown(pool: Pool, order_id: str, file: dict[str, Any], kind: str = "photo") -> None:
    """The buyer opens a dispute with it; what the upload answered is what evidence says."""
    evidence = Evidence.model_validate({"kind": kind, **file})
    entry = happened(1, name="open_dispute", evidence=(evidence,))
    await Records(pool).write(batch(order_id, 1, 1, timeline=(entry,)))


async def test_a_photo_is_uploaded_shown_and_read_by_both_sides(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    told = await uploaded(http, PHOTO, **{"Content-Type": "image/jpeg"})
    assert told["uri"] == f"http://gateway/files/{told['sha256']}"
    await shown(pool, order_id, told)
    for headers in (BUYER, SELLER, OPS):
        answer = await http.get(told["uri"], headers=headers)
        assert answer.status_code == 200, answer.text
        assert hashlib.sha256(answer.content).hexdigest() == told["sha256"]
        assert (answer.headers["content-type"], int(answer.headers["content-length"])) == ("image/jpeg", told["size"])
        assert CANARY.encode() not in answer.content


async def test_behind_a_proxy_the_address_begins_as_its_callers_know_it(pool: Pool, tmp_path: Path) -> None:
    """Also where the proxy is another machine, as from a container every one is."""
    client = OrderClient(None, pool, "orders")  # type: ignore[arg-type]  # as above
    config = configured(api_over(client, files=Files(FolderStore(tmp_path / "files"), FileTable(pool))))
    config.load()
    transport = httpx.ASGITransport(app=config.loaded_app, client=("172.18.0.1", 4242))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as http:
        told = await uploaded(http, PHOTO, **{"X-Forwarded-Proto": "https"})
    assert told["uri"].startswith("https://shop.example/files/")


async def test_what_is_not_yours_and_what_there_is_not_are_one_answer(
    http: httpx.AsyncClient, pool: Pool, order_id: str
) -> None:
    told = await uploaded(http, f"words {uuid4()}".encode())
    http.headers["X-Request-Id"] = "the-same"
    nobody_refers = await http.get(f"/files/{told['sha256']}", headers=BUYER)
    await shown(pool, order_id, told, "document")
    key = bearer(await new_key(pool, Scope.READ, Scope.SELLER, bound=("seller", "s-4")))
    theirs = [await http.get(told["uri"], headers=one) for one in (as_person("buyer", "b-8"), key)]
    missing = [await http.get(f"/files/{name}", headers=BUYER) for name in ("0" * 64, "no-hash", "%00")]
    assert {answer.status_code for answer in (nobody_refers, *theirs, *missing)} == {404}
    assert len({answer.text for answer in (nobody_refers, *theirs, *missing)}) == 1


async def test_a_key_uploads_for_whom_it_acts_and_a_shop_for_everybody(http: httpx.AsyncClient, pool: Pool) -> None:
    key = await new_key(pool, Scope.BUYER, Scope.READ)
    shops = await new_key(pool, Scope.PLATFORM)
    for number, headers in enumerate((bearer(key, "buyer:b-7"), bearer(shops))):
        told = await uploaded(http, f"words {uuid4()}".encode(), **headers)
        await shown(pool, f"A-{uuid4().hex}", told, "document")
        assert (await http.get(told["uri"], headers=SELLER)).status_code == 200, number
    other = await uploaded(http, f"words {uuid4()}".encode(), **bearer(key, "buyer:b-8"))
    await shown(pool, f"A-{uuid4().hex}", other, "document")
    assert (await http.get(other["uri"], headers=SELLER)).status_code == 404, "b-7 has not brought it"


@pytest.mark.parametrize(
    ("content", "media_type", "how"),
    [(PHOTO, "image/jpeg", "inline"), (b"words", "text/plain; charset=utf-8", "attachment")],
)
async def test_it_is_never_a_page_of_ours(
    http: httpx.AsyncClient, pool: Pool, order_id: str, content: bytes, media_type: str, how: str
) -> None:
    told = await uploaded(http, content)
    await shown(pool, order_id, told, "document")
    headers = (await http.get(told["uri"], headers=BUYER)).headers
    assert headers["content-type"] == media_type
    assert headers["content-disposition"].startswith(f'{how}; filename="{told["sha256"][:12]}.')
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert "private" in headers["cache-control"]


async def test_what_one_has_is_not_sent_again(http: httpx.AsyncClient, pool: Pool, order_id: str) -> None:
    told = await uploaded(http)
    await shown(pool, order_id, told)
    known = {"If-None-Match": f'"{told["sha256"]}"'}
    answer = await http.get(told["uri"], headers=BUYER | known)
    assert (answer.status_code, answer.content) == (304, b"")
    assert (await http.get(told["uri"], headers=as_person("buyer", "b-8") | known)).status_code == 404


@pytest.mark.parametrize(
    ("content", "said", "status", "code"),
    [
        (b"<svg onload=alert(1)>", "image/svg+xml", 415, "unsupported_media_type"),
        (b"alert(1)", "image/jpeg", 415, "unsupported_media_type"),
        (b"--x\r\n\r\nwords\r\n--x--", "multipart/form-data; boundary=x", 415, "unsupported_media_type"),
        (b"x" * (MAX_ATTACHMENT_BYTES + 1), "text/plain", 413, "too_large"),
        (PHOTO[:-300], "image/jpeg", 422, "invalid"),
        (b"", "image/jpeg", 422, "invalid"),
    ],
)
async def test_what_is_not_taken_is_told_why(
    http: httpx.AsyncClient, tmp_path: Path, content: bytes, said: str, status: int, code: str
) -> None:
    answer = await http.post("/files", content=content, headers=BUYER | {"Content-Type": said})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not (tmp_path / "files").exists()


async def test_a_place_that_is_away_or_not_named_is_said_without_where_it_is(
    pool: Pool, tmp_path: Path, http: httpx.AsyncClient, order_id: str
) -> None:
    told = await uploaded(http)
    await shown(pool, order_id, told)
    (tmp_path / "secret-place").write_bytes(b"")
    away = Files(FolderStore(tmp_path / "secret-place"), FileTable(pool))
    client = OrderClient(None, pool, "orders")  # type: ignore[arg-type]  # nothing here asks Temporal
    for files, said in ((away, "cannot be reached"), (None, "COUNTERMAND_FILES")):
        async with calling(api_over(client, files=files)) as other:
            answers = [
                await other.post("/files", content=b"words", headers=BUYER),
                await other.get(f"/files/{told['sha256']}", headers=BUYER),
            ]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert all(said in answer.text and "secret-place" not in answer.text for answer in answers)
        assert all(answer.headers["retry-after"] for answer in answers)


@pytest.mark.parametrize("scope", [Scope.BUYER, Scope.SELLER])
async def test_a_key_that_is_nobodys_says_for_whom_it_brings_a_file(
    http: httpx.AsyncClient, pool: Pool, scope: Scope
) -> None:
    """Without that anybody could refer to it."""
    key = await new_key(pool, Scope.READ, scope)
    answer = await http.post("/files", content=PHOTO, headers=bearer(key))
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_role")
    assert "Countermand-Acting-For" in answer.json()["detail"]
    acting_for = f"{scope.removeprefix('act:')}:x-1"
    assert (await http.post("/files", content=PHOTO, headers=bearer(key, acting_for))).status_code == 201
    platforms = bearer(await new_key(pool, Scope.PLATFORM))
    assert (await http.post("/files", content=PHOTO, headers=platforms)).status_code == 201
