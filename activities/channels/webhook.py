"""Webhooks by the Standard Webhooks specification: signed, bounded in time and size, and only where they may go.

The body is described in docs/notifications.md. Where it may go is judged in `targets.py`.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self

import httpx
from standardwebhooks import Webhook

from activities.channels import Gone, Message, NotNow, Outcome, Taken
from activities.channels.targets import AllowedHosts, Resolver, WrongTarget, checked_url
from activities.languages import code_of, language_of
from activities.retry_after import retry_after
from workflows.messages.answers import AllowedAction
from workflows.messages.sentences import Label, in_a_row, money_in, say

TRY_SECONDS: Final = 15.0
"""For one try, from the look-up of the name to the answer's status: what the specification recommends at least."""
MAX_RETRY_AFTER: Final = timedelta(hours=6)
"""Of what a receiver may ask for: as long as we would wait by ourselves at most."""
USER_AGENT: Final = "Countermand"


class Webhooks:
    """The channel of backend services."""

    def __init__(self, allowed: AllowedHosts) -> None:
        self._allowed = allowed
        self._resolver = Resolver()
        # A transport of our own, since a proxy named in the environment would look the name up again by itself. Without
        # connections kept: the next one to a name must be judged again.
        transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))
        self._http = httpx.AsyncClient(
            transport=transport, timeout=TRY_SECONDS, follow_redirects=False, trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._resolver.close()
        await self._http.aclose()

    async def send(self, message: Message, now: datetime) -> Outcome:
        """Post it once. Whatever is not 2xx is tried again, but for 410, by which a receiver says farewell."""
        try:
            async with asyncio.timeout(TRY_SECONDS):
                return await self._post(message, now)
        except WrongTarget as error:
            return NotNow(say("The webhook was not sent: {why}.", why=error.sentence))
        except TimeoutError:
            return NotNow(say("The receiver did not answer within {seconds} s.", seconds=f"{TRY_SECONDS:g}"))
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            reason = f"{type(error).__name__} {error}".rstrip()
            return NotNow(say("The receiver cannot be reached: {error}.", error=reason))

    async def _post(self, message: Message, now: datetime) -> Outcome:
        url = checked_url(message.target, self._allowed)
        address = await self._resolver.address(url, self._allowed)
        body = body_of(message)
        request = self._http.build_request(
            "POST",
            url.copy_with(host=address, fragment=None),
            content=body,
            headers={"host": url.netloc.decode("ascii"), "user-agent": USER_AGENT, **signed(message, body, now)},
            # The certificate must be the name's, not the address'.
            extensions={"sni_hostname": url.host},
        )
        answer = await self._http.send(request, stream=True)
        try:
            # The status says it all: the body is never read, however long it is.
            return _outcome(answer, now)
        finally:
            await answer.aclose()


def body_of(message: Message) -> str:
    """What is signed and posted. On a later try only what is possible may differ: it is what is possible then."""
    amount = money_in(message.sentence) if message.sentence else None
    data = {
        "seq": message.seq,
        "order_id": message.order_id or None,
        "entry": message.entry,
        "role": message.role,
        "party_id": message.party_id or None,
        "text": message.told,
        "language": code_of(message.language),
        "money": amount and {"amount": amount.amount, "currency": amount.currency},
        "due_at": message.due_at and instant(message.due_at),
        "possible": [_possible(action, message.language) for action in message.possible],
        "link": message.link,
    }
    whole = {"type": message.kind, "timestamp": instant(message.at), "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _possible(action: AllowedAction, language: str) -> dict[str, object]:
    label = language_of(language).label(Label(action.label, "Action"))
    return {"action": action.action, "label": label, "until": action.until and instant(action.until)}


def signed(message: Message, body: str, now: datetime) -> dict[str, str]:
    """The headers by which a receiver knows that it comes from us; signed by each secret that is valid."""
    return {
        "content-type": "application/json",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": _signatures(message.secrets, message.message_id, now, body),
    }


def instant(at: datetime) -> str:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _signatures(secrets: Sequence[str], message_id: str, now: datetime, body: str) -> str:
    return " ".join(Webhook(secret).sign(message_id, now, body) for secret in secrets)


def _outcome(answer: httpx.Response, now: datetime) -> Outcome:
    status = answer.status_code
    if answer.is_success:
        return Taken()
    if status == httpx.codes.GONE:
        return Gone(say("The receiver answered {status}: it wants no more.", status=status))
    if answer.is_redirect:
        redirect = say("The receiver answered {status}, a redirect, which is never followed.", status=status)
        return NotNow(in_a_row(redirect, say("Subscribe the new one.")))
    later = retry_after(answer.headers.get("retry-after", ""), now)
    return NotNow(say("The receiver answered {status}.", status=status), later and min(later, MAX_RETRY_AFTER))
