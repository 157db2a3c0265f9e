"""`python -m starter.mailbox`: one mailbox process, until it is told to stop."""

import argparse
import asyncio
import json
import logging
import signal
import sys
from email import message_from_bytes, policy
from pathlib import Path
from typing import Final
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

LOG: Final = logging.getLogger("countermand.mailbox")
MAX_BYTES: Final = 1024 * 1024
"""Of one mail; ours have a few thousand."""


class Mailbox:
    """Keeps every mail as a file that mail programs open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Called by the library with the whole mail."""
        del server, session
        content = envelope.content
        assert isinstance(content, bytes), "the server decodes nothing"
        mail = message_from_bytes(content, policy=policy.default)
        file = self._folder / f"{uuid4().hex}.eml"
        file.write_bytes(content)
        LOG.info("Mail to %s: %s (%s)", ", ".join(envelope.rcpt_tos), mail["Subject"], file.name)
        return "250 OK"


async def _run(options: argparse.Namespace) -> None:
    loop, told_to_stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told_to_stop.set)
    mailbox = Mailbox(Path(options.folder))
    server = await loop.create_server(
        lambda: SMTP(mailbox, loop=loop, hostname="localhost", data_size_limit=MAX_BYTES), options.host, options.port
    )
    host, port = server.sockets[0].getsockname()[:2]
    sys.stdout.write(json.dumps({"mailbox": f"smtp://{host}:{port}"}) + "\n")
    sys.stdout.flush()
    await told_to_stop.wait()
    server.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m starter.mailbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--folder", required=True, help="where mails are kept")
    return parser.parse_args()


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    given = _options()
    Path(given.folder).mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_run(given))
    except OSError as error:
        sys.exit(f"The mailbox cannot listen: {error.strerror}. Choose another address.")
