"""E-mail: a notice as text and HTML, in the reader's language where there is one, over SMTP.

What is said in which language stands in `texts.py`, how it looks in `templates/`.
"""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from activities.channels import Message, NotNow, Outcome, Refused, Taken
from activities.channels.texts import Wording, wording
from activities.languages import language_of
from activities.visible_text import visible_text
from workflows.messages.answers import AllowedAction
from workflows.messages.sentences import Label, Language, When, say, told

TRY_SECONDS: Final = 30.0
"""For one try, from the connection to the server's last word: servers that greylist are slow."""
PERMANENT: Final = 500
"""From this reply code on the server means for ever."""
PORTS: Final = {"smtp": 587, "smtps": 465}
"""Of submission, with and without TLS from the first byte."""
TEMPLATES: Final = Environment(
    loader=PackageLoader("activities.channels"),
    autoescape=select_autoescape(("html.j2",)),
    undefined=StrictUndefined,
    trim_blocks=True,
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, read off `smtp://user:password@host:port`."""

    host: str
    port: int
    tls: bool
    """From the first byte; else as soon as the server offers it."""
    user: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, url: str) -> "MailServer":
        """Raises `ValueError` that says what would be right."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("must be an address such as smtp://user:password@mail.example.com:587")
        port = parts.port or PORTS[parts.scheme]
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        return cls(parts.hostname, port, parts.scheme == "smtps", user, password)


class Emails:
    """The channel of people."""

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server = server
        self._sender = sender

    async def send(self, message: Message, now: datetime) -> Outcome:
        """Hand it in once."""
        try:
            async with asyncio.timeout(TRY_SECONDS):
                await self._hand_in(letter(message, self._sender, now))
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients[0]) if error.recipients else NotNow(say("The mail server refused it."))
        except aiosmtplib.SMTPDataError as error:
            return _refused(error)
        except TimeoutError:
            return NotNow(say("The mail server did not answer within {seconds} s.", seconds=f"{TRY_SECONDS:g}"))
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            reason = f"{type(error).__name__} {_short(error)}".strip()
            return NotNow(say("The mail server cannot be used: {error}.", error=reason))
        return Taken()

    async def _hand_in(self, mail: EmailMessage) -> None:
        server = self._server
        await aiosmtplib.send(
            mail,
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls,
            timeout=TRY_SECONDS,
        )


def letter(message: Message, sender: str, now: datetime) -> EmailMessage:
    """The whole mail. Nothing of the message can become a header: the library refuses line breaks in them."""
    said = wording(message.language, message.kind)
    words = language_of(message.language)
    about = {
        "message": message,
        "said": said,
        "subject": _subject(message, said),
        "text": visible_text(message.told),
        "due": words.when(When(message.due_at, message.zone)) if message.due_at else None,
        "possible": [_possible(action, message.zone, words) for action in message.possible],
    }
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.target
    mail["Subject"] = about["subject"]
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.message_id}@{domain_of(sender)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = said.language
    mail.set_content(TEMPLATES.get_template("notice.txt.j2").render(about))
    mail.add_alternative(TEMPLATES.get_template("notice.html.j2").render(about), subtype="html")
    return mail


def _possible(action: AllowedAction, zone: str, words: Language) -> str:
    """A button, and until when it works."""
    named = Label(action.label, "Action")
    if action.until is None:
        return words.label(named)
    return told(say("{action} until {at}", action=named, at=When(action.until, zone)), words)


def domain_of(sender: str) -> str:
    """The part behind the @ of `Countermand <orders@example.com>`. Raises `ValueError` when it is no address."""
    name, address = parseaddr(sender)
    if "@" not in address:
        raise ValueError("must be an address such as Orders <orders@example.com>")
    return Address(name, addr_spec=address).domain


def _subject(message: Message, said: Wording) -> str:
    """One line, whatever the text is: an order id has no space in it, and the rest is ours."""
    return f"{said.subject} ({message.order_id})" if message.order_id else said.subject


def _refused(error: aiosmtplib.SMTPResponseException) -> Outcome:
    why = say("The mail server said {answer}.", answer=f"{error.code} {_short(error.message)}".strip())
    return Refused(why) if error.code >= PERMANENT else NotNow(why)


def _short(error: object) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")
