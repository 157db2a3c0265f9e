"""The command `countermand listen`: what webhooks say, as it is said, printed, and sent on to a program.

What is heard, and how it is signed, lives in `starter/listening.py`.
"""

import json
from typing import Annotated, Any, Final

import httpx
import typer
from rich.text import Text

from starter.cli import completion
from starter.cli.exits import finish, wrong_usage
from starter.cli.render import console, instant
from starter.cli.safe_text import safe
from starter.connections import connect_database
from starter.listening import Forwarded, Heard, Narrowed, forward, hear, last_notice, target
from starter.settings.checks import SANDBOX, new_secret, wrong_secret
from starter.settings.nearby import settings_here
from starter.subscriptions import PARTIES
from workflows.messages.nearest import did_you_mean
from workflows.messages.notices import NoticeKind

OK_BELOW: Final = 300
"""Statuses by which a receiver says that it has it."""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(name="listen")(listen)


def listen(
    *,
    forward_to: Annotated[
        str | None, typer.Option(metavar="URL", help="Post each to this address, such as localhost:4242/hooks.")
    ] = None,
    party: Annotated[
        str | None, typer.Option("--as", metavar="ROLE[:ID]", help="Only what this party is told, such as seller:s-3.")
    ] = None,
    order: Annotated[str | None, typer.Option(help="Only about this order.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only this kind of notice; may be repeated.", autocompletion=completion.notice_kinds),
    ] = None,
    secret: Annotated[
        str | None, typer.Option(help="Signs them: whsec_ and base64 [default: a new one, shown at the start].")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program, a line for each.")] = False,
) -> None:
    """Print every webhook as it is due, until Ctrl-C, and send it on: nobody has to be subscribed for it."""
    narrowed = _narrowed(party, order, kind or [])
    signs = secret or new_secret()
    try:
        url = None if forward_to is None else target(forward_to)
    except ValueError as error:
        wrong_usage(f"--forward-to {forward_to!r}: {error}.")
    if wrong := "must be one secret" if "," in signs else wrong_secret(SANDBOX, signs):
        wrong_usage(f"--secret {wrong}.")
    finish(_listen(narrowed, signs, url, as_json=as_json), as_json=as_json)


def _narrowed(party: str | None, order: str | None, kinds: list[str]) -> Narrowed:
    role, _, party_id = (party or "").partition(":")
    if party is not None and role not in PARTIES:
        wrong_usage(
            f"--as {party!r}: {role!r} is told nothing.{did_you_mean(role, PARTIES)} Told are: {', '.join(PARTIES)}."
        )
    for each in kinds:
        if each not in set(NoticeKind):
            wrong_usage(
                f"--kind: there is no kind {each!r}.{did_you_mean(each, NoticeKind)} All of them: docs/notices.md."
            )
    return Narrowed(role or None, party_id or None, order, tuple(kinds))


async def _listen(narrowed: Narrowed, secret: str, url: str | None, *, as_json: bool) -> None:
    async with await connect_database(settings_here()) as pool, httpx.AsyncClient(trust_env=False) as http:
        after = await last_notice(pool)
        _tell_ready(secret, url, as_json=as_json)
        async for heard in hear(pool, secret, after, narrowed):
            if not as_json:
                console().print(_line(heard), soft_wrap=True)
            answer = None if url is None else await forward(http, url, heard)
            if as_json:
                typer.echo(json.dumps(_as_json(heard, answer)))
            elif answer and url:
                console().print(_answer_line(url, answer), soft_wrap=True)


def _tell_ready(secret: str, url: str | None, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"listening": True, "secret": secret, "forward_to": url}))
        return
    where = f", and sent on to {url}" if url else ""
    console().print(f"Listening until Ctrl-C. Webhooks are signed with {secret}{where}.", soft_wrap=True)


def _line(heard: Heard) -> Text:
    """When, what, to whom, about which order, and in which words."""
    told = heard.message
    whom = f"{told.role} {told.party_id}".strip()
    about = f"order {told.order_id}" if told.order_id else "no order"
    return Text.assemble(
        (f"{instant(told.at)}  ", "dim"),
        (f"{told.kind}  ", "bold"),
        (safe(f"{about}, to {whom}: "), "cyan"),
        safe(told.text),
    )


def _answer_line(url: str, answer: Forwarded) -> Text:
    took = answer.status is not None and answer.status < OK_BELOW
    told = f"{answer.status}" if answer.status else f"not sent ({answer.why})"
    return Text(f"    {told}  POST {url}  {answer.milliseconds} ms", "green" if took else "red")


def _as_json(heard: Heard, answer: Forwarded | None) -> dict[str, Any]:
    forwarded = answer and {"status": answer.status, "why": answer.why, "milliseconds": answer.milliseconds}
    return {"id": heard.message.message_id, "body": json.loads(heard.body), "forwarded": forwarded}
