"""The command `countermand list`: orders by what is asked for, and those that are stuck.

How a row looks lives in `render.py`; how stuck orders are found, in `activities/stuck/`.
"""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from pydantic import AwareDatetime, TypeAdapter, ValidationError
from rich.text import Text

from activities.stuck.table import MAX_LISTED, StuckOrder, last_look, list_stuck
from starter.cli.exits import finish, wrong_usage
from starter.cli.render import console, instant, list_footnote, order_table
from starter.cli.safe_text import safe
from starter.client.filter_words import FILTER_WORDS, WrongFilter, check_filter
from starter.client.orders import OrderClient
from starter.client.reads import MAX_ORDERS, OrderFilters, Page
from starter.client.retrying import reading
from starter.client.search import WrongSearch, check_root, check_search
from starter.connections import connect_database
from starter.settings.nearby import settings_here
from workflows.messages.stuck import LOOK_MISSED_AFTER
from workflows.messages.work import OrderRow

USUAL_LIMIT: Final = 50
"""Orders of one page, when nobody says how many."""


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command(name="list")(list_)


def _word(name: str, what: str) -> Any:
    """An option that takes one of a filter's words: the help lists them, a wrong one is named, a shell completes it."""
    known, option = FILTER_WORDS[name], f"--{name.replace('_', '-')}"

    def checked(word: str | None) -> str | None:
        spelt = word and word.strip().lower().replace(" ", "_").replace("-", "_")
        try:
            check_filter(name, spelt)
        except WrongFilter as error:
            wrong_usage(f"{option}: {error} All of them: countermand list --help.")
        return spelt

    def completed(incomplete: str) -> list[str]:
        return [each for each in known if each.startswith(incomplete)]

    return typer.Option(callback=checked, autocompletion=completed, help=f"{what}: {', '.join(known)}.")


def list_(  # noqa: PLR0913 - one parameter per option
    *,
    buyer: Annotated[str | None, typer.Option(help="Only this buyer's.")] = None,
    seller: Annotated[str | None, typer.Option(help="Only this seller's.")] = None,
    status: Annotated[str | None, _word("status", "Only with this status, or in this stage")] = None,
    waiting_on: Annotated[str | None, _word("waiting_on", "Only those that wait on")] = None,
    due_before: Annotated[str | None, typer.Option(help="Only with a deadline before this instant (RFC 3339).")] = None,
    stage: Annotated[str | None, _word("stage", "Only in this stage")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only with a deadline that has passed.")] = False,
    needs_attention: Annotated[
        bool, typer.Option("--needs-attention", help="Only those that wait for the platform, such as a failed refund.")
    ] = False,
    by_deadline: Annotated[
        bool, typer.Option("--by-deadline", help="Soonest deadline first; orders without one are left out.")
    ] = False,
    stuck: Annotated[
        bool, typer.Option("--stuck", help="All that stand still, why, and what to do; takes no other option.")
    ] = False,
    search: Annotated[
        str | None, typer.Option(help="Only those with these words: ids, what was bought, payments, trackings.")
    ] = None,
    root: Annotated[str | None, typer.Option(help="Only this order and its parts.")] = None,
    cursor: Annotated[str | None, typer.Option(help="The next page: the cursor of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_ORDERS, help="Orders of one page.")] = USUAL_LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List orders, newest first."""
    if overdue and due_before is not None:
        raise typer.BadParameter("either --overdue or --due-before, not both")
    _check_looked_for(search, root)
    due = datetime.now(UTC) if overdue else _instant(due_before)
    filters = OrderFilters(buyer, seller, status, waiting_on, due, stage, needs_attention, by_deadline, root, search)
    if stuck:
        if filters != OrderFilters() or cursor is not None or limit != USUAL_LIMIT:
            raise typer.BadParameter("--stuck lists all that are stuck, and takes no other option")
        _print_stuck(*finish(_stuck(), as_json=as_json), as_json=as_json)
        return
    page = finish(_list(filters, cursor, limit), as_json=as_json)
    _print_page(page, cursor, as_json=as_json)


def _check_looked_for(search: str | None, root: str | None) -> None:
    try:
        check_root(root)
        check_search(search)
    except WrongSearch as error:
        wrong_usage(str(error))


def _print_page(page: Page[OrderRow], cursor: str | None, *, as_json: bool) -> None:
    if as_json:
        _print_json({"orders": [row.model_dump(mode="json") for row in page.rows], "cursor": page.cursor})
        return
    if not page.rows:
        console().print("No orders." if cursor is None else "No more orders.")
        return
    console().print(order_table(page.rows, datetime.now(UTC), console().width))
    if footnote := list_footnote(page.rows):
        console().print(footnote, soft_wrap=True)
    if page.cursor is not None:
        console().print(f"More: the same with --cursor {page.cursor}", soft_wrap=True)


async def _list(filters: OrderFilters, cursor: str | None, limit: int) -> Page[OrderRow]:
    async with OrderClient.connect(settings_here()) as client:
        return await client.list_orders(filters, cursor, limit)


def _instant(text: str | None) -> datetime | None:
    try:
        return None if text is None else TypeAdapter(AwareDatetime).validate_python(text)
    except ValidationError:
        raise typer.BadParameter(
            f"{text!r} is not an instant such as 2026-01-31T12:00:00Z", param_hint="--due-before"
        ) from None


async def _stuck() -> tuple[tuple[StuckOrder, ...], datetime]:
    async with await connect_database(settings_here()) as pool:
        return await reading(list_stuck(pool)), await reading(last_look(pool))


def _print_stuck(found: tuple[StuckOrder, ...], looked_at: datetime, *, as_json: bool) -> None:
    if as_json:
        _print_json({"stuck": [one.model_dump(mode="json") for one in found], "looked_at": looked_at.isoformat()})
        return
    for one in found:
        console().print(_block(one), soft_wrap=True)
    if not found:
        console().print("No order is stuck.")
    if len(found) == MAX_LISTED:
        console().print(f"These are the {MAX_LISTED} that are stuck for longest; there may be more.")
    if datetime.now(UTC) - looked_at > LOOK_MISSED_AFTER:
        console().print(f"Nobody has looked since {instant(looked_at.astimezone(UTC))}: do workers run?", style="red")


def _block(one: StuckOrder) -> Text:
    """Which order, how and since when, why, and what to do, each in a line of its own."""
    return Text.assemble(
        (safe(one.order_id), "bold"),
        f"  {one.kind}, since {instant(one.since.astimezone(UTC))}, number {one.id}\n",
        f"    {safe(one.reason)}\n",
        (f"    {safe(one.remedy)}", "cyan"),
    )


def _print_json(value: dict[str, Any]) -> None:
    """One line: what reads it may read line by line."""
    typer.echo(json.dumps(value))
