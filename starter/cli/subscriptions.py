"""The commands of `countermand` about who is told by e-mail or webhook. How a command fails lives in `exits.py`."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar

import asyncpg
import typer
from rich.table import Table
from rich.text import Text

from activities.channels.targets import AllowedHosts
from starter import subscriptions as subs
from starter.cli import completion
from starter.cli.exits import finish
from starter.cli.render import console, instant
from starter.cli.safe_text import safe
from starter.connections import connect_database
from starter.settings.environment import Settings
from starter.settings.nearby import settings_here
from starter.subscriptions import ROTATION, NotSubscribed, Subscription
from workflows.messages.values import Role

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="The number in `countermand subscriptions`.")]

COLUMNS: Final = (
    *("ID", "Party", "Channel", "Target", "Language", "Kinds"),
    *("Sent", "Waiting", "Failed", "Dead", "State"),
)

T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command(name="subscribe")(subscribe)
    app.command(name="subscriptions")(subscriptions)
    app.command(name="unsubscribe")(unsubscribe)
    app.command(name="rotate-secret")(rotate_secret)
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
    role, _, party_id = (party or "").partition(":")

    async def listed(pool: asyncpg.Pool, _: Settings) -> list[Subscription]:
        if party is None:
            return await subs.subscriptions(pool)
        if role not in subs.PARTIES:
            raise NotSubscribed("PARTY must be buyer:ID, seller:ID, or platform.")
        return await subs.subscriptions(pool, Role(role), party_id)

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


def resend(number: Number, *, as_json: AsJson = False) -> None:
    """Enable a subscription again, and send all that failed, under the same ids."""
    count = finish(_with_pool(lambda pool, _: subs.resend(pool, number)), as_json=as_json)
    _say({"id": number, "resent": count}, f"{count} messages are sent again.", as_json=as_json)


async def _with_pool(do: Callable[[asyncpg.Pool, Settings], Awaitable[T]]) -> T:
    settings = settings_here()
    async with await connect_database(settings) as pool:
        return await do(pool, settings)


def _say(plain: dict[str, object], told: str, *, as_json: bool) -> None:
    console().print(json.dumps(plain) if as_json else told, soft_wrap=True)


def _party(found: Subscription) -> str:
    return safe(f"{found.role} {found.party_id}".strip())


def _table(found: list[Subscription]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column)
    for one in found:
        disabled = one.disabled_at and Text(f"{instant(one.disabled_at)}: {safe(one.disabled_why or '')}", "red")
        table.add_row(
            str(one.id),
            _party(one),
            one.channel,
            safe(one.target),
            one.language or "the order's",
            ", ".join(one.kinds or ()) or "all",
            *(str(count) for count in (one.sent, one.waiting, one.failed, one.dead)),
            disabled or Text("on", "green"),
        )
    return table
