"""For tests: SMTP servers that keep every mail. No test lives here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class PostOffice:
    """An SMTP server that keeps every mail, and says of recipients what it is told to."""

    port: int = 0
    answer: str = "250 OK"
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        del server, session, options
        envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        del server, session
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 kept"


@asynccontextmanager
async def post_office(port: int = 0) -> AsyncIterator[PostOffice]:
    """One that is open while the block lasts."""
    made = PostOffice()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(made, loop=loop, hostname="localhost"), "127.0.0.1", port)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
