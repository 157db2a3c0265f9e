"""The commands `countermand policies …`: named sets of terms, listed, shown, changed and compared.

How a command fails lives in `exits.py`.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, TypeVar

import asyncpg
import typer
from pydantic import ValidationError
from rich.text import Text

from starter.cli.exits import finish
from starter.cli.fields import STAND_IN, read_sender
from starter.cli.render import console, instant
from starter.cli.safe_text import safe
from starter.cli.wrong_usage import WrongUsage
from starter.connections import connect_database
from starter.policies import (
    MAX_POLICIES,
    KeptPolicy,
    Policy,
    PolicyDifference,
    TermChange,
    compare_policies,
    get_policies,
    get_policy,
    set_policy,
)
from starter.reference.meanings import meanings
from starter.settings.nearby import settings_here
from workflows.messages.decoding import decode_as
from workflows.messages.fields import MAX_ID
from workflows.messages.policies import MAX_VERSIONS, PolicyContent
from workflows.messages.sentences import say
from workflows.messages.terms import Terms
from workflows.messages.values import Party, Role

WRITERS: Final = (Role.PLATFORM, Role.SELLER)
"""Who sets terms: nobody else sells here."""

_policies = typer.Typer(help="Named sets of terms, under which orders start.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="marketplace, seller:ID, or any other name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(_policies, name="policies")


@_policies.command(name="list")
def list_(
    *,
    after: Annotated[str, typer.Option(help="The next page: the last name of the page before.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MAX_POLICIES, help="How many.")] = MAX_POLICIES,
    as_json: AsJson = False,
) -> None:
    """List the policies by name, each with its newest version, who wrote it, and the terms that it names."""
    found = finish(_with_pool(lambda pool: get_policies(pool, after, limit)), as_json=as_json)
    if as_json:
        _print_json({"policies": [policy.model_dump(mode="json") for policy in found]})
        return
    if not found:
        console().print("There is no policy: orders start with the defaults and their own terms.")
    for policy in found:
        console().print(Text.assemble(_heading(policy), f"  {', '.join(policy.terms) or 'nothing'}"), soft_wrap=True)


@_policies.command()
def show(
    name: Name,
    *,
    version: Annotated[int | None, typer.Option(min=1, help="An older one; left out: the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a policy says, and who wrote it when."""
    policy = finish(_with_pool(lambda pool: get_policy(pool, name, version)), as_json=as_json)
    if as_json:
        _print_json(policy.model_dump(mode="json"))
        return
    told = meanings(Terms)
    console().print(_heading(policy))
    for term, value in policy.terms.items():
        console().print(Text.assemble((f"  {term}  ", "bold"), _shown(value), (f"  {told.get(term, '')}", "dim")))


@_policies.command(name="set")
def set_(
    name: Name,
    file: Annotated[
        typer.FileText, typer.Argument(encoding="utf-8", help='{"terms": {…}} as JSON; - reads standard input.')
    ],
    *,
    writer: Annotated[
        str, typer.Option("--as", metavar="ROLE:ID", help="Who changes it: platform:ID or seller:ID.")
    ] = Role.PLATFORM.value,
    based_on: Annotated[
        int | None,
        typer.Option(min=0, max=MAX_VERSIONS, help="Only if this is still its newest version; 0: if there is none."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Have a policy say this for orders that start from now on. What it says already makes no new version."""
    kept = finish(_set(name, file.read(), writer, based_on), as_json=as_json)
    if as_json:
        _print_json(kept.policy.model_dump(mode="json") | {"made": kept.made})
        return
    is_said = "starts with version" if kept.policy.version == 1 else "is at version"
    told = f"{is_said} {kept.policy.version}" if kept.made else f"says that already, as version {kept.policy.version}"
    console().print(safe(f"Policy {name} {told}. Orders that were started keep what they started with."))


@_policies.command()
def diff(
    name: Name,
    *,
    before: Annotated[int, typer.Option("--from", min=1, metavar="VERSION", help="The version before.")],
    after: Annotated[int, typer.Option("--to", min=1, metavar="VERSION", help="The version after.")],
    as_json: AsJson = False,
) -> None:
    """Show what became of a policy between two versions, term by term."""
    found = finish(_with_pool(lambda pool: compare_policies(pool, name, before, after)), as_json=as_json)
    if as_json:
        _print_json(found.model_dump(mode="json"))
        return
    for line in _difference(found):
        console().print(line, soft_wrap=True)


async def _set(name: str, text: str, writer: str, based_on: int | None) -> KeptPolicy:
    content = decode_as(PolicyContent, say("The policy"), text.encode())
    by = _writer(writer)
    return await _with_pool(lambda pool: set_policy(pool, name, content.terms, by, based_on))


def _writer(text: str) -> Party:
    """`ROLE:ID`, of a role that sets terms."""
    sender = read_sender(text)
    if sender.role not in WRITERS or (sender.role is Role.SELLER and sender.id is None):
        raise WrongUsage(f"--as {text!r}: policies are changed by platform, platform:ID or seller:ID.")
    try:
        return Party(role=sender.role, id=sender.id or STAND_IN)
    except ValidationError:
        raise WrongUsage(f"--as {text!r}: behind the colon stands an id, at most {MAX_ID} bytes, no spaces.") from None


async def _with_pool(do: Callable[[asyncpg.Pool], Awaitable[T]]) -> T:
    async with await connect_database(settings_here()) as pool:
        return await do(pool)


def _heading(policy: Policy) -> Text:
    by = f"{policy.changed_by.role} {policy.changed_by.id}"
    return Text.assemble(
        (safe(policy.name), "bold"),
        f"  version {policy.version}",
        (f"  {instant(policy.changed_at)}  {safe(by)}", "dim"),
    )


def _difference(found: PolicyDifference) -> list[Text]:
    if not found.changes:
        return [Text(safe(f"Versions {found.before} and {found.after} of {found.name} say the same."))]
    return [_changed(change) for change in found.changes]


def _changed(change: TermChange) -> Text:
    """`respond_within  "PT72H" → not named  How long …`."""
    return Text.assemble(
        (f"{change.term}  ", "bold"),
        (_named(change.before), "red"),
        " → ",
        (_named(change.after), "green"),
        (f"  {change.means}", "dim"),
    )


def _named(value: Any) -> str:
    return "not named" if value is None else _shown(value)


def _shown(value: Any) -> str:
    return safe(json.dumps(value, ensure_ascii=False))


def _print_json(value: dict[str, Any]) -> None:
    console().print_json(data=value, indent=None)
