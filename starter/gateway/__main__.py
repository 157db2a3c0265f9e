"""`python -m starter.gateway`: one gateway process, until it is told to stop."""

import asyncio
import logging
import sys

from starter.client import OrderClient
from starter.connections import NotReachable
from starter.gateway.app import create_app
from starter.serving import CannotListen, serve
from starter.settings import Settings, SettingsError, load_settings


async def _run(settings: Settings) -> None:
    async with OrderClient.connect(settings) as client:
        app = create_app(client, settings.webhook_secret)
        await serve(app, settings.gateway_host, settings.gateway_port, "gateway")


def main() -> int:
    """Run it; its exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        asyncio.run(_run(load_settings()))
    except (SettingsError, NotReachable) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except CannotListen as error:
        sys.stderr.write(f"{error} (COUNTERMAND_GATEWAY_HOST, COUNTERMAND_GATEWAY_PORT)\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
