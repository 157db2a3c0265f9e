"""The command `countermand requests`: who sent what to the gateways of late, and how it went."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.text import Text

from starter.cli.exits import finish
from starter.cli.render import console, instant
from starter.cli.safe_text import safe
from starter.connections import connect_database
from starter.requests import MAX_REQUESTS, KeptRequest, RequestFilters, code_or_status, get_requests
from starter.settings.nearby import settings_here
from workflows.messages.complaints import Complaint


def register(program: typer.Typer) -> None:
    """Add this command to the program."""
    program.command(name="requests")(requests)


def requests(  # noqa: PLR0913 - one parameter per option
    *,
    order: Annotated[str | None, typer.Option(help="Only of this order.")] = None,
    caller: Annotated[str | None, typer.Option(help="Only of this caller, such as buyer:b-7 or key:12.")] = None,
    code: Annotated[
        str | None, typer.Option(help="Only with this code, such as not_allowed_now; or a status, such as 503.")
    ] = None,
    request_id: Annotated[str | None, typer.Option(help="Only the request with this X-Request-Id.")] = None,
    cursor: Annotated[int | None, typer.Option(help="The next page: the cursor of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_REQUESTS, help="How many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """List the requests of the last 30 days, newest first: who, what, how it went, and how long it took."""
    try:
        filters = RequestFilters(order, caller, *code_or_status(code), request_id)
    except Complaint as complaint:
        raise typer.BadParameter(f"--code {complaint}.") from None

    async def page() -> tuple[KeptRequest, ...]:
        async with await connect_database(settings_here()) as pool:
            return await get_requests(pool, filters, cursor, limit + 1, datetime.now(UTC))

    found = finish(page(), as_json=as_json)
    shown, after = found[:limit], found[limit - 1].id if len(found) > limit else None
    if as_json:
        told = [one.model_dump(mode="json", exclude_none=True) for one in shown]
        console().print_json(data={"requests": told, "cursor": after and str(after)}, indent=None)
        return
    if not shown:
        console().print("There are no such requests.")
    for one in shown:
        console().print(_line(one), soft_wrap=True)
    if after:
        console().print(f"More: the same with --cursor {after}", soft_wrap=True)


def _line(one: KeptRequest) -> Text:
    went = f"{one.status} {one.code or ''}".strip()
    acting = f" for {one.acting_for}" if one.acting_for else ""
    return Text.assemble(
        (f"{instant(one.at)}  ", "dim"),
        (safe(f"{one.caller}{acting}"), "cyan"),
        safe(f"  {one.method} {one.route}{f'  {one.order_id}' if one.order_id else ''}  "),
        (went, "red" if one.code else "green"),
        (f"  {one.milliseconds} ms  {one.request_id}", "dim"),
    )
