"""Mail, handed in at a real SMTP server: what stands in it, in which language, and what its refusals mean."""

import ast
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from activities.channels import Message, NotNow, Refused, Taken
from activities.channels.email import Emails, MailServer, domain_of, letter
from activities.channels.texts import wording
from activities.languages import LANGUAGES
from starter.embedded.processes import free_port
from tests.activities.post_offices import PostOffice, post_office
from tests.process.told import OF_THE_ENGINE, WHEN_ASKED
from workflows.messages.notices import NoticeKind

ROOT = Path(__file__).parents[2]
SENDER = "Orders <orders@shop.example>"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MESSAGE = Message(
    message_id="msg_1",
    seq=1,
    target="bea@example.com",
    language="en",
    secrets=(),
    order_id="A-1001",
    entry=3,
    role="buyer",
    party_id="b-7",
    kind="order_shipped",
    text="Shipped with UPS, 1Z.",
    due_at=datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
    at=NOW,
)


@pytest_asyncio.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as made:
        yield made


def emails(office: PostOffice) -> Emails:
    return Emails(MailServer.parse(f"smtp://127.0.0.1:{office.port}"), SENDER)


async def test_a_notice_arrives_as_text_and_html_with_all_that_a_reader_needs(office: PostOffice) -> None:
    assert await emails(office).send(MESSAGE, NOW) == Taken()
    (mail,) = office.mails
    assert (mail["From"], mail["To"]) == (SENDER, "bea@example.com")
    assert mail["Subject"] == "The order is on its way (A-1001)"
    assert mail["Message-ID"] == "<msg_1@shop.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    for subtype in ("plain", "html"):
        body = mail.get_body((subtype,))
        assert body
        text = body.get_content()
        for told in ("Shipped with UPS, 1Z.", "A-1001", "Tue 1 Dec 2026, 09:30 UTC"):
            assert told in text


async def test_the_same_message_is_the_same_mail_on_every_try(office: PostOffice) -> None:
    for _ in range(2):
        await emails(office).send(MESSAGE, NOW)
    assert len({mail["Message-ID"] for mail in office.mails}) == 1


@pytest.mark.parametrize(
    ("language", "kind", "subject", "read"),
    [
        ("de", "order_shipped", "Die Bestellung ist unterwegs", "de"),
        ("de-AT", "order_shipped", "Die Bestellung ist unterwegs", "de"),
        ("es", "order_shipped", "El pedido está en camino", "es"),
        ("de", "something_new", "Something new", "en"),
        ("xx", "order_shipped", "The order is on its way", "en"),
        ("en", "something_new", "Something new", "en"),
    ],
)
def test_it_is_in_the_readers_language_where_there_is_one(language: str, kind: str, subject: str, read: str) -> None:
    said = wording(language, kind)
    assert (said.subject, said.language) == (subject, read)


def test_every_language_has_a_subject_of_its_own_for_every_kind_of_notice() -> None:
    """With one missing, a reader's mail is half in English; with one for two kinds, they cannot be told apart."""
    for code in LANGUAGES:
        subjects = {wording(code, kind).subject for kind in NoticeKind}
        assert len(subjects) == len(NoticeKind), code
        assert {wording(code, kind).language for kind in NoticeKind} == {code}


def test_every_kind_of_notice_is_told_somewhere_and_no_other() -> None:
    """By the process, which names the kind; those that are no order's are written by Postgres."""
    sql = [file.read_text(encoding="utf-8") for file in (ROOT / "activities/sql").rglob("*.sql")]
    nobodys = (*OF_THE_ENGINE, *WHEN_ASKED)
    told = {kind for kind in nobodys if f"'{kind}'" in " ".join(sql)}
    for file in (ROOT / "workflows/process").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "NoticeKind":
                told.add(NoticeKind[node.attr])
    assert told == set(NoticeKind)


@pytest.mark.parametrize(
    ("answer", "outcome"), [("550 no such user", Refused), ("450 try later", NotNow), ("421 too busy", NotNow)]
)
async def test_a_definite_no_is_told_from_a_not_now(office: PostOffice, answer: str, outcome: type[object]) -> None:
    office.answer = answer
    said = await emails(office).send(MESSAGE, NOW)
    assert isinstance(said, outcome)
    assert office.mails == []


async def test_a_server_that_is_away_is_tried_again() -> None:
    away = Emails(MailServer.parse(f"smtp://127.0.0.1:{free_port()}"), SENDER)
    said = await away.send(MESSAGE, NOW)
    assert isinstance(said, NotNow)
    assert "cannot be used" in str(said.why)


def test_a_mail_shows_no_characters_that_turn_or_hide_what_was_written() -> None:
    mail = letter(replace(MESSAGE, text="pay \u202e0001\u202c now\u200b\u2028Approved\u2069"), SENDER, NOW)
    for subtype in ("plain", "html"):
        body = mail.get_body((subtype,))
        assert body
        assert "pay 0001 now Approved" in body.get_content()


async def test_nothing_of_a_notice_becomes_a_header_or_markup(office: PostOffice) -> None:
    nasty = replace(
        MESSAGE,
        text="</p><script>alert(1)</script>\r\nBcc: everybody@example.com\r\n\r\n\0",
        kind="x\r\nBcc: all@example.com",
    )
    with pytest.raises(ValueError, match="linefeed"):
        letter(nasty, SENDER, NOW)
    plain = replace(nasty, kind="message")
    assert await emails(office).send(plain, NOW) == Taken()
    (mail,) = office.mails
    html = mail.get_body(("html",))
    assert html
    assert "<script>" not in html.get_content()
    assert mail["Bcc"] is None


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "smtp://mail/inbox", "mail:25", "smtp://mail?x=1"])
def test_an_address_of_a_server_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="such as smtp://"):
        MailServer.parse(url)


def test_the_address_of_a_server_says_all_of_it() -> None:
    assert MailServer.parse("smtp://u%40x:p%2Fw@mail.example.com") == MailServer(
        "mail.example.com", 587, tls=False, user="u@x", password="p/w"
    )
    assert MailServer.parse("smtps://mail.example.com").port == 465
    assert MailServer.parse("smtps://mail.example.com").tls
    with pytest.raises(ValueError, match="must be an address"):
        domain_of("nobody")
