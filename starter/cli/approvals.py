"""The commands `countermand approvals …`: what waits for a second person of the platform, listed, approved, declined.

Who is at this keyboard nobody asks: whoever reaches Postgres and Temporal is trusted, and says who they are. How a
command fails lives in `exits.py`.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer
from rich.text import Text

from starter.approvals import MAX_APPROVALS, MAX_NOTE, Approval, Approvals, Person, Status
from starter.cli.exits import REFUSED, finish
from starter.cli.fields import read_sender
from starter.cli.render import console
from starter.cli.safe_text import safe
from starter.cli.wrong_usage import WrongUsage
from starter.client.orders import OrderClient
from starter.client.recorded import get_recorded
from starter.errors import OrderNotFound
from starter.four_eyes import ApprovalEnded, FourEyes, Look, SecondPersonNeeded
from starter.gateway.previews import preview_now
from starter.settings.nearby import settings_here
from workflows.messages.answers import Preview
from workflows.messages.base import Message
from workflows.messages.currency import money
from workflows.messages.values import Role

_approvals = typer.Typer(
    help="What one of the platform asked for and another one has to approve.", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(metavar="ID", help="Its number in `countermand approvals list`.")]
Who = Annotated[str, typer.Option("--as", metavar="platform:ID", help="Who decides; never who asked for it.")]
Note = Annotated[str | None, typer.Option(help="Why, for colleagues.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
Deed = Callable[[FourEyes, Approval, Look], Awaitable[Approval]]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(_approvals, name="approvals")


@_approvals.command(name="list")
def list_(
    *,
    status: Annotated[Status | None, typer.Option(help="Only those that stand so; left out: those that wait.")] = None,
    every: Annotated[bool, typer.Option("--all", help="However they stand.")] = False,
    order: Annotated[str | None, typer.Option(help="Of this order alone.")] = None,
    before: Annotated[int | None, typer.Option(help="The next page: the last number of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_APPROVALS, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List what waits for a second person, newest first."""
    wanted = None if every else status or Status.AWAITING_APPROVAL

    async def found() -> tuple[Approval, ...]:
        async with OrderClient.connect(settings_here()) as client:
            return await Approvals(client.pool).page(wanted, order, before, limit)

    page = finish(found(), as_json=as_json)
    if as_json:
        _print_json({"approvals": [one.shown() for one in page]})
        return
    if not page:
        console().print(
            "Nothing waits for a second person." if wanted is Status.AWAITING_APPROVAL else "There is none."
        )
    for one in page:
        console().print(_line(one), soft_wrap=True)


@_approvals.command()
def approve(number: Number, *, who: Who, note: Note = None, as_json: AsJson = False) -> None:
    """Approve what somebody else asked for: it is sent to its order at once."""
    person = _person(who)
    _decide(number, lambda eyes, found, look: eyes.approve(found, person, _checked(note), look), as_json=as_json)


@_approvals.command()
def decline(number: Number, *, who: Who, note: Note = None, as_json: AsJson = False) -> None:
    """Decline it, or take back what one asked for oneself: it is never sent."""
    person = _person(who)
    _decide(number, lambda eyes, found, _: eyes.decline(found, person, _checked(note)), as_json=as_json)


def _decide(number: int, deed: Deed, *, as_json: bool) -> None:
    ended = finish(_done(number, deed), as_json=as_json)
    if isinstance(ended, tuple):
        console(to_errors=True).print(Text(safe(": ".join(ended)), "red"), soft_wrap=True)
        raise typer.Exit(REFUSED)
    if as_json:
        _print_json(ended.shown())
    else:
        console().print(_line(ended), soft_wrap=True)


async def _done(number: int, deed: Deed) -> Approval | tuple[str, str]:
    """How it stands now; or the code and the sentence with which that was refused."""
    async with OrderClient.connect(settings_here()) as client:

        async def look(order_id: str, message: Message) -> Preview:
            recorded = await get_recorded(client.pool, order_id)
            if recorded is None:
                raise OrderNotFound(order_id)
            return await preview_now(client, order_id, recorded, message)

        eyes = FourEyes(client, Approvals(client.pool), None)
        found = await eyes.approvals.get(number)
        if found is None:
            return "not_found", f"There is no approval {number}. Look: countermand approvals list --all"
        try:
            return await deed(eyes, found, look)
        except (SecondPersonNeeded, ApprovalEnded) as error:
            return error.code, str(error)


def _person(text: str) -> Person:
    try:
        sender = read_sender(text)
        if sender.role is Role.PLATFORM and sender.id:
            name = f"{sender.role}:{sender.id}"
            return Person(name, frozenset({name}))
    except WrongUsage:
        pass  # said below, in words of this option
    raise typer.BadParameter("names somebody of the platform, such as platform:ben", param_hint="--as")


def _checked(note: str | None) -> str | None:
    if note is not None and (not note.strip() or len(note) > MAX_NOTE or "\0" in note):
        raise typer.BadParameter(f"is a text of at most {MAX_NOTE} characters", param_hint="--note")
    return note and note.strip()


def _line(one: Approval) -> Text:
    """Its number, when and by whom it was asked for, what it moves, and how it stands."""
    amounts = ", ".join(money(amount, currency) for currency, amount in one.at_stake.items())
    decided = f" by {one.decided_by}" if one.decided_by else f" until {one.expires_at:%Y-%m-%d %H:%M}Z"
    return Text.assemble(
        (f"{one.approval_id:>6}  ", "bold"),
        (f"{one.asked_at:%Y-%m-%d %H:%M:%S}  ", "dim"),
        (safe(f"{one.command} of order {one.order_id}, {amounts}, asked for by {one.asked_by}: "), "cyan"),
        safe(f"{one.status.replace('_', ' ')}{decided}"),
        safe(f" ({one.note})") if one.note else "",
    )


def _print_json(value: dict[str, Any]) -> None:
    console().print_json(data=value, indent=None)
