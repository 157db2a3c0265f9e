"""One worker process, put together: settings, connections, activities, worker. Nothing else lives here."""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import asyncpg
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Worker

from activities.channels import Channel
from activities.channels.email import Emails, MailServer
from activities.channels.targets import AllowedHosts
from activities.channels.webhook import Webhooks
from activities.crashes import Crashes
from activities.feed import Numbering
from activities.inquiries import Inquiries
from activities.migrations import MigrationError, pending_migrations
from activities.notifications import Notifications
from activities.order_signals import Facts
from activities.payments import Payments
from activities.read_model import Records
from activities.reconciliation.money import Reconciliations
from activities.reconciliation.orders import ListedOrders
from activities.reconciliation.outside import OutsideMoney
from activities.reconciliation.shares import SharedPayments
from activities.register.conflicts import PaymentConflicts
from activities.rounds import beside
from activities.stuck.gauges import StuckGauges
from activities.stuck.looks import Looks
from activities.unplaced import Placing, UnplacedWatch
from starter.connections import NotReachable, connect_database, connect_temporal, missing_search_attributes
from starter.schedules import ensure_schedules
from starter.settings.environment import Settings, SettingsError, load_settings
from starter.settings.providers import currency_steps, payment_provider
from workflows.messages.file_schemes import named_schemes
from workflows.order import OrderWorkflow
from workflows.possible import possible_now
from workflows.sandbox import Orders
from workflows.upkeep import LookWorkflow, ReconcileWorkflow

LOG: Final = logging.getLogger("countermand.worker")
STICKY_FOR: Final = timedelta(seconds=2)
"""How long an order waits for the worker that has it in memory, before any other takes it: after a kill that is how
long its answers take. Shorter, and a worker that is merely busy loses its orders, and replays them."""
CANNOT_START: Final = 2
"""Exit code of a start that cannot work: another try with the same settings changes nothing."""


async def serve(settings: Settings) -> None:
    """Serve the task queue until SIGTERM or SIGINT; then take nothing new, and let running activities finish."""
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    async with await connect_database(settings) as pool, payment_provider(settings) as provider:
        runtime = metrics(settings)
        client = await connect_temporal(settings, runtime)
        await check_prepared(client, pool)
        crashes = Crashes(settings.crash_point)
        await ensure_schedules(client, settings.task_queue)
        records, facts = Records(pool, crashes), Facts(client, settings.task_queue)
        upkeep = (
            Reconciliations(pool, facts, provider),
            OutsideMoney(pool, facts, provider),
            ListedOrders(pool, client, settings.task_queue, records),
            Looks(pool, client, settings.task_queue),
            SharedPayments(pool),
        )
        async with (
            notifications(settings, pool),
            gauges(runtime, pool),
            beside(Numbering(pool).run()),
            beside(PaymentConflicts(pool, facts).run()),
            beside(Placing(pool, facts, crashes).run()),
            beside(UnplacedWatch(pool, runtime.metric_meter if runtime else None).run()),
            worker(client, settings, records, (Payments(pool, provider, crashes), Inquiries(provider)), upkeep),
        ):
            # Whoever started us may wait for this line.
            sys.stdout.write(json.dumps({"worker": client.identity, "task_queue": settings.task_queue}) + "\n")
            sys.stdout.flush()
            await told_to_stop.wait()
            LOG.info("Told to stop; running activities have %g s to finish.", settings.drain_seconds)


@asynccontextmanager
async def notifications(settings: Settings, pool: asyncpg.Pool) -> AsyncIterator[None]:
    """Sending what is due, beside the worker and in nobody's way, until the end of the block."""
    async with Webhooks(AllowedHosts.parse(settings.webhook_hosts)) as webhooks:
        channels: dict[str, Channel] = {"webhook": webhooks}
        if settings.smtp_url:
            channels["email"] = Emails(MailServer.parse(settings.smtp_url), settings.mail_from)
        async with beside(Notifications(pool, channels, possible_now, settings.link).run()):
            yield


@asynccontextmanager
async def gauges(runtime: Runtime | None, pool: asyncpg.Pool) -> AsyncIterator[None]:
    """What Prometheus is told of stuck orders, until the end of the block; nothing where nobody asks."""
    if runtime is None:
        yield
        return
    async with beside(StuckGauges(pool, runtime.metric_meter).run()):
        yield


def worker(
    client: Client,
    settings: Settings,
    records: Records,
    money: tuple[Payments, Inquiries],
    upkeep: tuple[Reconciliations, OutsideMoney, ListedOrders, Looks, SharedPayments],
) -> Worker:
    """The worker, with everything that it serves."""
    payments, inquiries = money
    reconciliations, outside, listed_orders, looks, shared_payments = upkeep
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[OrderWorkflow, ReconcileWorkflow, LookWorkflow],
        activities=[
            records.record,
            records.load_order,
            *payments.activities,
            inquiries.inquire,
            reconciliations.reconcile_calls,
            reconciliations.read_book,
            reconciliations.reconcile_theirs,
            reconciliations.reconcile_ours,
            shared_payments.reconcile_shares,
            *outside.activities,
            listed_orders.reconcile_orders,
            looks.look_for_stuck_orders,
        ],
        plugins=[orders(settings)],
        sticky_queue_schedule_to_start_timeout=STICKY_FOR,
        graceful_shutdown_timeout=timedelta(seconds=settings.drain_seconds),
    )


def orders(settings: Settings) -> Orders:
    """How this worker runs orders: what of it is a setting."""
    return Orders(
        sandboxed=settings.sandbox,
        file_schemes=named_schemes(settings.file_schemes),
        currency_steps=currency_steps(settings),
    )


def metrics(settings: Settings) -> Runtime | None:
    """Temporal's runtime with our metrics and its own for Prometheus, where an address for them is set."""
    if settings.metrics_address is None:
        return None
    try:
        return Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=settings.metrics_address)))
    except ValueError as error:
        raise SettingsError(
            f"COUNTERMAND_METRICS_ADDRESS: metrics cannot be served at {settings.metrics_address}: {error}."
        ) from error


async def check_prepared(client: Client, pool: asyncpg.Pool) -> None:
    """Raise `SettingsError` when `countermand migrate` has still to be run: orders would hang instead."""
    pending = await pending_migrations(pool)
    if pending:
        raise SettingsError(
            f"DATABASE_URL names a database that lacks {', '.join(pending)}; run `countermand migrate`."
        )
    missing = await missing_search_attributes(client)
    if missing:
        raise SettingsError(
            f"Namespace {client.namespace} (TEMPORAL_NAMESPACE) lacks the search attributes {', '.join(missing)}; "
            "run `countermand migrate`."
        )


def main() -> int:
    """Run one worker process; its exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # A line for every call to the provider, which stands in Temporal's history and in payment_calls already.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(serve(load_settings()))
    except (SettingsError, NotReachable, MigrationError) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
