"""Stripe as a `PaymentProvider`, through its official library.

What its objects mean lives in `stripe_objects.py`, how it writes amounts in `stripe_money.py`, its webhooks in
`stripe_webhooks.py`. What was tried against which server stands in docs/stripe.md.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeVar

import stripe

from activities.providers import BookPage, ChargebackPage, KeyTaken, ProviderUnavailable, WentBack
from activities.providers.stripe_answers import asked, believed, declined, refused, words
from activities.providers.stripe_disputes import StripeDispute, chargebacks_among
from activities.providers.stripe_intents import Intents
from activities.providers.stripe_money import from_stripe, to_stripe
from activities.providers.stripe_objects import (
    OUR_KEY,
    StripeCharge,
    StripeRefund,
    StripeSaid,
    StripeTransfer,
    entry_of,
)
from workflows.messages.work import CaptureCall, ProviderAnswer, RefundCall, ReleaseCall, VoidCall

TIMEOUT: Final = 10.0
"""Seconds for one call, and for all pages of one look-up: shorter than the activity's own 20."""
PAGE: Final = 100
"""Objects of one page: the most that Stripe gives."""
MAX_PAGES: Final = 20
"""Of one look-up: an order has far fewer refunds; a list that goes on beyond it does not end at all."""
S = TypeVar("S", bound=StripeSaid)
Fetch = Callable[[str | None], Awaitable[Any]]
"""A page of a list, after the object of that id."""


class StripeProvider:
    """A `PaymentProvider` over the official client, with connections of its own and no global state."""

    name = "stripe"

    def __init__(self, key: str, base_url: str | None = None, timeout: float = TIMEOUT) -> None:
        # The library's own limit is on each wait alone; `_asked` limits the whole call.
        self._http = stripe.HTTPXClient(timeout=timeout)
        self._timeout = timeout
        client = stripe.StripeClient(
            key,
            http_client=self._http,
            base_addresses={"api": base_url} if base_url else {},
            # Tries are the activity's: it looks before each, which a retry in here would not.
            max_network_retries=0,
        )
        self._api: Any = client.v1  # its typed parameters do not take what is put together here
        self._intents = Intents(self._api, timeout)

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]  # as the library has it

    async def refund(self, call: RefundCall) -> ProviderAnswer:
        try:
            payment = _payment(call.payment_id)
            amount = to_stripe(call.amount, call.currency)
        except ValueError as error:
            return declined(str(error))
        about = {"refund_id": call.refund_id, "order_id": call.order_id, "attempt": str(call.attempt)}
        return await self._sent(
            call,
            StripeRefund,
            lambda: self._api.refunds.create_async(
                {**payment, "amount": amount, "metadata": {OUR_KEY: call.key, **about}},
                {"idempotency_key": call.key},
            ),
        )

    async def find_refund(self, call: RefundCall) -> ProviderAnswer | None:
        """By our key in the metadata: unlike the idempotency key Stripe never forgets it."""
        try:
            payment = _payment(call.payment_id)
        except ValueError:
            return None  # it was never sent, nor will be
        return await self._found(
            call,
            StripeRefund,
            lambda after: self._api.refunds.list_async({**payment, "limit": PAGE, **_after(after)}),
        )

    async def void(self, call: VoidCall) -> ProviderAnswer:
        return await self._intents.void(call)

    async def find_void(self, call: VoidCall) -> ProviderAnswer | None:
        return await self._intents.stands(call)

    async def capture(self, call: CaptureCall) -> ProviderAnswer:
        return await self._intents.capture(call)

    async def find_capture(self, call: CaptureCall) -> ProviderAnswer | None:
        return await self._intents.stands(call)

    async def release(self, call: ReleaseCall) -> ProviderAnswer:
        if not call.seller_id.startswith("acct_"):
            return declined(
                f"seller {call.seller_id} is no connected account of Stripe's (acct_…), and gets no transfer"
            )
        try:
            amount = to_stripe(call.amount, call.currency)
        except ValueError as error:
            return declined(str(error))
        about = {"release_id": call.release_id, "order_id": call.order_id, "attempt": str(call.attempt)}
        return await self._sent(
            call,
            StripeTransfer,
            lambda: self._api.transfers.create_async(
                {
                    "amount": amount,
                    "currency": call.currency.lower(),
                    "destination": call.seller_id,
                    "transfer_group": call.order_id,
                    "metadata": {OUR_KEY: call.key, **about},
                },
                {"idempotency_key": call.key},
            ),
        )

    async def find_release(self, call: ReleaseCall) -> ProviderAnswer | None:
        """Among the transfers of the order's group, by our key."""
        return await self._found(
            call,
            StripeTransfer,
            lambda after: self._api.transfers.list_async(
                {"transfer_group": call.order_id, "limit": PAGE, **_after(after)}
            ),
        )

    async def entries(self, since: datetime, until: datetime, cursor: str | None = None) -> BookPage:
        """Refunds, then transfers, then charges, a page at a time.

        Stripe lists the newest first: only within a page the oldest stands first. The cursor is `{list}:{last id}`.
        """
        name, _, after = (cursor or f"{LISTS[0]}:").partition(":")
        created = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        kind: type[StripeSaid] = KINDS[name]
        service = getattr(self._api, name)
        page = await asked(
            self._timeout,
            f"list {name}",
            lambda: service.list_async({"created": created, "limit": PAGE, **_after(after)}),
        )
        found, more = _listed(page, kind, name)
        try:
            entries = tuple(entry_of(said) for said in reversed(found) if _moved(said))  # type: ignore[arg-type]  # KINDS
        except ValueError as error:
            raise ProviderUnavailable(f"list {name}: {error}") from None
        if more:
            return BookPage(entries, f"{name}:{found[-1].id}")
        rest = LISTS[LISTS.index(name) + 1 :]
        return BookPage(entries, f"{rest[0]}:" if rest else None)

    async def chargebacks(self, since: datetime, until: datetime, cursor: str | None = None) -> ChargebackPage:
        """Stripe lists the newest first: only within a page the oldest stands first. The cursor is the last id."""
        created = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        page = await asked(
            self._timeout,
            "list disputes",
            lambda: self._api.disputes.list_async({"created": created, "limit": PAGE, **_after(cursor)}),
        )
        found, more = _listed(page, StripeDispute, "list disputes")
        return ChargebackPage(chargebacks_among(reversed(found)), found[-1].id if more else None)

    async def went_back(self, payment_id: str) -> WentBack:
        try:
            payment = _payment(payment_id)
        except ValueError:
            return WentBack((), ())
        refunds = await self._of(payment, StripeRefund, self._api.refunds)
        disputes = await self._of(payment, StripeDispute, self._api.disputes)
        given_back = tuple(entry_of(refund) for refund in reversed(refunds) if refund.moved_money)
        return WentBack(given_back, chargebacks_among(reversed(disputes)))

    async def _of(self, payment: dict[str, str], kind: type[S], service: Any) -> list[S]:
        """All objects of a kind that are about the payment, the newest first; none of one that Stripe does not know."""
        what = f"list {kind.__name__} of {payment}"

        def fetch(after: str | None) -> Awaitable[Any]:
            return service.list_async({**payment, "limit": PAGE, **_after(after)})  # type: ignore[no-any-return]  # Any

        try:
            async with asyncio.timeout(self._timeout):
                return [said async for said in self._all(what, kind, fetch)]
        except TimeoutError:
            raise ProviderUnavailable(f"{what}: no end within {self._timeout:g} seconds") from None
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                return []
            raise ProviderUnavailable(f"{what}: {words(error)}") from None

    async def _sent(
        self, call: RefundCall | ReleaseCall, kind: type[S], send: Callable[[], Awaitable[Any]]
    ) -> ProviderAnswer:
        what = f"create {kind.__name__.removeprefix('Stripe').lower()} {call.key}"
        try:
            said = believed(await asked(self._timeout, what, send), kind, what)
        except stripe.InvalidRequestError as error:
            return refused(error, what)
        except stripe.CardError as error:
            return refused(error, what)
        return _answer(said, call)

    async def _found(self, call: RefundCall | ReleaseCall, kind: type[S], fetch: Fetch) -> ProviderAnswer | None:
        what = f"look for {call.key}"
        try:
            async with asyncio.timeout(self._timeout):
                async for said in self._all(what, kind, fetch):
                    if said.our_key == call.key:
                        return _answer(said, call)
        except TimeoutError:
            raise ProviderUnavailable(f"{what}: no end within {self._timeout:g} seconds") from None
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                return None  # a payment that this account does not have was never given back by it
            raise ProviderUnavailable(f"{what}: {words(error)}") from None
        return None

    async def _all(self, what: str, kind: type[S], fetch: Fetch) -> AsyncIterator[S]:
        """Every object of a list. Never a part of it as if it were all: what is not seen would be sent again."""
        after: str | None = None
        for _ in range(MAX_PAGES):
            page = await asked(self._timeout, what, lambda last=after: fetch(last))  # type: ignore[misc]
            found, more = _listed(page, kind, what)
            for said in found:
                yield said
            if not more:
                return
            after = found[-1].id
        raise ProviderUnavailable(f"{what}: more than {MAX_PAGES * PAGE} objects; look at Stripe's dashboard")


KINDS: Final[Mapping[str, type[StripeSaid]]] = MappingProxyType(
    {"refunds": StripeRefund, "transfers": StripeTransfer, "charges": StripeCharge}
)
LISTS: Final = tuple(KINDS)
"""The lists of which the book is made, in the order in which it is read."""


def _payment(payment_id: str) -> dict[str, str]:
    """The payment as Stripe is asked for it. Raises `ValueError` for what cannot be one of its ids."""
    if payment_id.startswith("pi_"):
        return {"payment_intent": payment_id}
    if payment_id.startswith(("ch_", "py_")):
        return {"charge": payment_id}
    raise ValueError(f"payment {payment_id} is none of Stripe's (pi_…, ch_…, py_…), and cannot be given back there")


def _moved(said: StripeSaid) -> bool:
    return not isinstance(said, StripeRefund) or said.moved_money


def _after(last: str | None) -> dict[str, str]:
    return {"starting_after": last} if last else {}


def _listed(page: Any, kind: type[S], what: str) -> tuple[list[S], bool]:
    """The objects of a page, and whether there are more. One that makes no sense spoils the page."""
    data, more = getattr(page, "data", None), getattr(page, "has_more", None)
    if not isinstance(data, list) or not isinstance(more, bool) or (more and not data):
        raise ProviderUnavailable(f"{what} was answered with nonsense: no list")
    return [believed(each, kind, what) for each in data], more


def _answer(said: StripeSaid, call: RefundCall | ReleaseCall) -> ProviderAnswer:
    """What it means for this call, if it is about it: another's success would close ours with no money sent."""
    try:
        same_amount = from_stripe(said.amount, said.our_currency) == call.amount
    except ValueError:
        same_amount = False
    differ = {
        "key": said.our_key != call.key,
        "amount": not same_amount,
        "currency": said.our_currency != call.currency,
    }
    if isinstance(call, RefundCall):
        assert isinstance(said, StripeRefund), "a refund was asked for"
        differ["payment_id"] = call.payment_id not in said.payments()
        answer = said.answer()
    else:
        assert isinstance(said, StripeTransfer), "a transfer was asked for"
        differ["seller_id"] = call.seller_id != said.destination
        answer = said.answer()
    if wrong := [name for name, differs in differ.items() if differs]:
        raise KeyTaken(f"{said.id} at Stripe is about another call than {call.key}: {', '.join(wrong)} differ there")
    return answer
