"""`python -m starter.sandbox`: one sandbox provider process, until it is told to stop.

`COUNTERMAND_WEBHOOK_SECRET` signs what it tells: every user of the machine sees arguments, and not the environment.
"""

import argparse
import asyncio
import logging
import sys

from starter.sandbox.app import Provider, create_app
from starter.sandbox.book import Book, NotTaken
from starter.sandbox.faults import Faults
from starter.sandbox.webhooks import Messenger
from starter.serving import CannotListen, listen, serve
from starter.settings.environment import SettingsError, load_settings


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m starter.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--book", required=True, help="the file that keeps everything")
    parser.add_argument("--webhook-url", required=True, help="who is told of every change")
    parser.add_argument("--settle-after", type=float, default=1.0, help="seconds until a transfer settles; 0: at once")
    parser.add_argument("--fault-rate", type=float, default=0.0, help="how much goes wrong by chance, 0 to 1")
    parser.add_argument("--seed", type=int, default=0, help="what goes wrong; the same seed does the same again")
    parser.add_argument("--forget-keys-after", type=float, help="seconds until an idempotency key is a new one")
    return parser.parse_args()


async def _run(options: argparse.Namespace, secret: str) -> None:
    listening = listen(options.host, options.port)
    book = Book(options.book, Faults(options.fault_rate, options.seed), options.forget_keys_after)
    messenger = Messenger(book, options.webhook_url, secret)
    telling = asyncio.create_task(messenger.run())
    app = create_app(Provider(book, options.settle_after, messenger.changed))
    serving = asyncio.create_task(serve(app, listening, "url"))
    try:
        # A provider that no longer tells what happens must not go on as if it did: either one's end is everybody's.
        ended, _ = await asyncio.wait((serving, telling), return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        serving.cancel()
        telling.cancel()
        await asyncio.gather(serving, telling, return_exceptions=True)
        book.close()


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        asyncio.run(_run(_options(), load_settings().webhook_secret))
    except (CannotListen, NotTaken, SettingsError) as error:
        sys.exit(str(error))
