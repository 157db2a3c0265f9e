"""`python -m starter.gateway`: one gateway process, until it is told to stop."""

import asyncio
import logging
import sys

import uvloop

from activities.channels.targets import AllowedHosts
from activities.crashes import Crashes
from activities.files.intake import Files
from activities.files.places import open_store
from activities.files.table import FileTable
from activities.rounds import beside
from starter.client.live import live_events
from starter.client.orders import OrderClient
from starter.connections import NotReachable
from starter.gateway.app import Api, create_app
from starter.gateway.seen import Orders
from starter.keys import Keys
from starter.requests import RequestLog
from starter.serving import CannotListen, listen, serve
from starter.settings.environment import Settings, SettingsError, load_settings
from starter.settings.providers import webhook_reader


async def _run(settings: Settings) -> None:
    reader = webhook_reader(settings)
    _ = settings.database_url  # asked for before anything is open: what nobody can place is kept there
    # First of all: a client that was connected a moment ago cannot always be ended cleanly.
    with listen(settings.gateway_host, settings.gateway_port) as listening:
        async with OrderClient.connect(settings) as client:
            crashes = Crashes(settings.crash_point)
            files = Files(open_store(settings.files), FileTable(client.pool)) if settings.files else None
            log = RequestLog(client.pool)
            live = live_events(client.pool, settings)
            hosts = AllowedHosts.parse(settings.webhook_hosts)
            api = Api(Keys(client.pool), settings, client, Orders(client.pool), live, files, hosts, log)
            app = create_app(
                client,
                client.desk,
                reader,
                settings.payment_provider,
                crashes,
                api,
                carrier_secrets=settings.carrier_secrets,
            )
            async with beside(live.run()), log.writing():
                await serve(app, listening, "gateway", stopping=live.close)


def main() -> int:
    """Run it; its exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        # A loop in C: of what a request costs, much is reading and writing its few bytes, to callers and to Postgres.
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(load_settings()))
    except (SettingsError, NotReachable) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except CannotListen as error:
        sys.stderr.write(f"{error} (COUNTERMAND_GATEWAY_HOST, COUNTERMAND_GATEWAY_PORT)\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
