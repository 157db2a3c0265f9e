"""The commands of `countermand` about who is told by e-mail or webhook. How a command fails lives in `exits.py`."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar

import asyncpg
import typer
from rich.table import Table
from rich.text import Text

from activities.channels.targets import AllowedHosts
from starter import deliveries as sent
from starter import subscriptions as subs
from starter.cli import completion
from starter.cli.exits import finish
from starter.cli.render import console, instant
from starter.cli.safe_text import safe
from starter.connections import connect_database
from starter.deliveries import MAX_DELIVERIES, MAX_RESENT, Delivery
from starter.settings.environment import Settings
from starter.settings.nearby import settings_here
from starter.subscriptions import MAX_COUNTED, ROTATION, Subscription

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="The number in `countermand subscriptions`.")]

COLUMNS: Final = (
    *("ID", "Party", "Channel", "Target", "Language", "Kinds"),
    *("Sent", "Waiting", "Failed", "Dead", "State"),
)
OF_DELIVERIES: Final = ("Seq", "Order", "Kind", "Status", "Attempts", "Created", "Sent or next try", "Last answer")

T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command(name="subscribe")(subscribe)
    app.command(name="subscriptions")(subscriptions)
    app.command(name="unsubscribe")(unsubscribe)
    app.command(name="rotate-secret")(rotate_secret)
    app.command(name="test-subscription")(try_subscription)
    app.command(name="deliveries")(deliveries)
    app.command(name="resend")(resend)


def subscribe(
    party: Annotated[str, typer.Argument(help="buyer:ID, seller:ID, or platform.")],
    channel: Annotated[str, typer.Argument(help=f"{' or '.join(subs.CHANNELS)}.")],
    target: Annotated[str, typer.Argument(help="The e-mail address, or the webhook's https address.")],
    *,
    language: Annotated[
        str | None, typer.Option(help="en, de or es; without it the order's, for its buyer, and English for others.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only this kind of notice; may be repeated.", autocompletion=completion.notice_kinds),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell a party by e-mail or webhook from now on. The same again changes its language and kinds."""

    async def made(pool: asyncpg.Pool, settings: Settings) -> Subscription:
        wanted = subs.wanted(party, channel, target, language, kind or ())
        return await subs.subscribe(pool, wanted, AllowedHosts.parse(settings.webhook_hosts))

    found = finish(_with_pool(made), as_json=as_json)
    if as_json:
        console().print_json(found.model_dump_json(), indent=None)
        return
    console().print(f"Subscription {found.id}: {_party(found)} by {found.channel} at {safe(found.target)}.")
    if found.secret:
        console().print(f"Its secret, shown once: {found.secret}", soft_wrap=True)


def subscriptions(
    party: Annotated[str | None, typer.Argument(help="buyer:ID, seller:ID, or platform; left out: all.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List who is told by e-mail or webhook, and what became of their messages."""

    async def listed(pool: asyncpg.Pool, _: Settings) -> list[Subscription]:
        owner = subs.named(party) if party is not None else None
        found: list[Subscription] = []
        while page := await subs.subscriptions(pool, owner, found[-1].id if found else 0):
            found += page
        return found

    found = finish(_with_pool(listed), as_json=as_json)
    if as_json:
        shown = [one.model_dump(mode="json", exclude={"secret"}) for one in found]
        console().print_json(data={"subscriptions": shown}, indent=None)
        return
    console().print(_table(found))


def unsubscribe(number: Number, *, as_json: AsJson = False) -> None:
    """Tell nobody there any more."""
    finish(_with_pool(lambda pool, _: subs.unsubscribe(pool, number)), as_json=as_json)
    _say({"unsubscribed": number}, f"Subscription {number} is gone.", as_json=as_json)


def rotate_secret(number: Number, *, as_json: AsJson = False) -> None:
    """Give a webhook a new secret; the old one signs beside it for a week."""
    secret = finish(_with_pool(lambda pool, _: subs.rotate_secret(pool, number)), as_json=as_json)
    told = f"Its new secret, shown once: {secret}. The old one signs too for {ROTATION.days} days."
    _say({"id": number, "secret": secret}, told, as_json=as_json)


def try_subscription(number: Number, *, as_json: AsJson = False) -> None:
    """Send it one message, to see whether it arrives."""
    message_id = finish(_with_pool(lambda pool, _: sent.send_test(pool, number)), as_json=as_json)
    told = f"Message {message_id} is on its way. What came of it: countermand deliveries {number}"
    _say({"id": number, "message_id": message_id}, told, as_json=as_json)


def deliveries(
    number: Number,
    *,
    before: Annotated[
        int | None, typer.Option(min=1, help="Those before the message with this Seq; left out: the newest.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_DELIVERIES, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the messages of a subscription, newest first, and what became of each."""
    found = finish(_with_pool(lambda pool, _: sent.deliveries(pool, number, None, before, limit)), as_json=as_json)
    if as_json:
        shown = [one.model_dump(mode="json") for one in found]
        console().print_json(data={"deliveries": shown}, indent=None)
        return
    console().print(_table_of_deliveries(found))


def resend(
    number: Number,
    *,
    after: Annotated[
        int | None,
        typer.Option(min=0, help="All that came after the message with this Seq, also what has arrived."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Enable a subscription again, and send all that failed, under the same ids."""
    found = finish(_with_pool(lambda pool, _: sent.resend(pool, number, None, after)), as_json=as_json)
    told = f"{found.resent} messages are sent again."
    if found.more:
        again = f"countermand resend {number}" + ("" if after is None else f" --after {found.last}")
        told += f" That is as many as go at once ({MAX_RESENT}). The next ones: {again}"
    _say({"id": number, **found.model_dump()}, told, as_json=as_json)


async def _with_pool(do: Callable[[asyncpg.Pool, Settings], Awaitable[T]]) -> T:
    settings = settings_here()
    async with await connect_database(settings) as pool:
        return await do(pool, settings)


def _say(plain: dict[str, object], told: str, *, as_json: bool) -> None:
    console().print(json.dumps(plain) if as_json else told, soft_wrap=True)


def _party(found: Subscription) -> str:
    return safe(f"{found.role} {found.party_id}".strip())


def _table(found: list[Subscription]) -> Table:
    table = _empty_table(COLUMNS)
    for one in found:
        disabled = one.disabled_at and Text(f"{instant(one.disabled_at)}: {safe(one.disabled_why or '')}", "red")
        table.add_row(
            str(one.id),
            _party(one),
            one.channel,
            safe(one.target),
            one.language or "the order's",
            ", ".join(one.kinds or ()) or "all",
            *(_count(count) for count in (one.sent, one.waiting, one.failed, one.dead)),
            disabled or Text("on", "green"),
        )
    return table


def _table_of_deliveries(found: list[Delivery]) -> Table:
    table = _empty_table(OF_DELIVERIES)
    for one in found:
        then = one.sent_at or one.next_try_at
        table.add_row(
            *(str(one.seq), safe(one.order_id), one.kind, one.status, str(one.attempts)),
            *(instant(one.created_at), instant(then) if then else "", safe(one.answer or "")),
        )
    return table


def _empty_table(columns: tuple[str, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table


def _count(count: int) -> str:
    return f"{count}+" if count == MAX_COUNTED else str(count)
