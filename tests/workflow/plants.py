"""Disagreements between provider, Postgres and workflows, each planted in an order of its own. No test lives here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from temporalio.client import WorkflowHandle

from tests.pausing import pause
from tests.workflow.reconciling import Marketplace
from tests.workflow.theatre import BUYER, PROVIDER, SELLER, TOTAL, captured
from workflows.messages.ids import workflow_id
from workflows.messages.values import MoneyState

Found = set[tuple[str, str]]
"""Kind and key of what reconciliation must report."""


@dataclass(frozen=True)
class Field:
    """Where a disagreement is planted: an order, by its id."""

    market: Marketplace
    order_id: str

    @property
    def payment(self) -> str:
        return f"{self.order_id}-pay"

    @property
    def refund(self) -> str:
        """The key of its only refund."""
        return f"{self.order_id}-refund-1-1"

    @property
    def release(self) -> str:
        return f"{self.order_id}-release-1-1"

    @property
    def chargeback(self) -> str:
        return f"c-{self.order_id}"

    async def paid(self) -> WorkflowHandle[Any, Any]:
        handle = await self.market.paid(self.order_id)
        await self.market.recorded(self.order_id, "payment_captured")
        return handle

    async def refunding(self) -> None:
        await self.market.refunding(self.order_id)

    async def releasing(self) -> WorkflowHandle[Any, Any]:
        handle = await self.paid()
        await handle.execute_update("ship", {"by": SELLER, "carrier": "ups", "tracking": "1Z"})
        await handle.execute_update("confirm_receipt", {"by": BUYER})
        await self.market.release_is(self.order_id, "pending")
        return handle

    async def hears(self, name: str, **fact: object) -> None:
        """What a webhook tells it."""
        run = self.market.client.get_workflow_handle(workflow_id(self.order_id))
        await run.signal(name, {"by": PROVIDER, "payment_id": self.payment, **fact})
        await self.market.recorded(self.order_id, name)

    async def hears_chargeback(self, outcome: str | None = None) -> None:
        word = {"outcome": outcome} if outcome else {}
        name = "chargeback_closed" if outcome else "chargeback_opened"
        await self.hears(name, chargeback_id=self.chargeback, amount=TOTAL, **word)

    async def hears_refund(self, reference: str, amount: int, state: str = "succeeded") -> None:
        told = {"reference": reference, "amount": amount, "currency": "USD", "state": state}
        await self.hears("refund_reported", **told)

    async def row(self, change: str) -> None:
        await self.market.pool.execute(f"UPDATE orders SET {change} WHERE order_id = $1", self.order_id)


async def refund_we_never_sent(field: Field) -> Found:
    await field.paid()
    key = f"{field.order_id}-refund-9-1"
    field.market.provider.write(key=key, order_id=field.order_id, amount=1)
    return {("only_at_provider", f"refund {key}")}


async def refund_of_a_second_engine(field: Field) -> Found:
    """It serves the same account and the same orders: what it sends looks like ours, and has gone from the payment."""
    await field.paid()
    key = f"{field.order_id}-refund-9-1"
    field.market.provider.write(key=key, order_id=field.order_id, amount=500, payment_id=field.payment)
    return {("only_at_provider", f"refund {key}"), ("told", f"{field.order_id} refund_reported")}


async def refund_of_an_order_that_nobody_has(field: Field) -> Found:
    field.market.provider.write(key=field.refund, order_id=field.order_id)
    return {("unknown_order", f"refund {field.refund}")}


async def payment_that_its_order_never_heard_of(field: Field) -> Found:
    await field.paid()
    field.market.provider.write(kind="payment", key=f"{field.payment}-2", order_id=field.order_id)
    return {("payment_unknown", f"payment {field.payment}-2")}


async def payment_that_was_never_made(field: Field) -> Found:
    await field.paid()
    field.market.provider.lose(field.payment)
    return {("only_here", f"payment {field.payment}")}


async def payment_over_another_amount(field: Field) -> Found:
    await field.paid()
    field.market.provider.change(field.payment, amount=TOTAL - 1)
    return {("amount", f"payment {field.payment}")}


async def payment_in_another_currency(field: Field) -> Found:
    await field.paid()
    field.market.provider.change(field.payment, currency="EUR")
    return {("currency", f"payment {field.payment}")}


async def payment_that_is_another_order_s(field: Field) -> Found:
    """By the provider's word it paid an order that never had it."""
    await field.paid()
    other = f"{field.order_id}-other"
    await field.market.order(other)
    await field.market.recorded(other, "start")
    field.market.provider.change(field.payment, order_id=other)
    return {("order", f"payment {field.payment}")}


async def refund_of_another_order(field: Field) -> Found:
    await field.refunding()
    field.market.provider.change(field.refund, order_id="somebody else's")
    return {("order", f"refund {field.refund}")}


async def refund_that_never_arrived(field: Field) -> Found:
    await field.refunding()
    field.market.provider.lose(field.refund)
    return {("only_here", f"refund {field.refund}")}


async def refund_over_another_amount(field: Field) -> Found:
    await field.refunding()
    field.market.provider.change(field.refund, amount=1)
    return {("amount", f"refund {field.refund}")}


async def refund_in_another_currency(field: Field) -> Found:
    await field.refunding()
    field.market.provider.change(field.refund, currency="EUR")
    return {("currency", f"refund {field.refund}")}


async def refund_that_failed_here_and_arrived_there(field: Field) -> Found:
    await field.refunding()
    await field.market.tell(field.order_id, "failed")
    field.market.provider.change(field.refund, state=MoneyState.SUCCEEDED)
    return {("state", f"refund {field.refund}")}


async def refund_that_was_taken_back(field: Field) -> Found:
    await field.refunding()
    await field.market.tell(field.order_id, "succeeded")
    field.market.provider.change(field.refund, state=MoneyState.REVERSED)
    return {("state", f"refund {field.refund}"), ("told", f"{field.order_id} refund_updated")}


async def refund_sent_twice(field: Field) -> Found:
    await field.refunding()
    field.market.provider.write(key=field.refund, order_id=field.order_id)
    return {("twice", f"refund {field.refund}"), ("order_overpaid", field.order_id)}


async def refund_whose_key_is_somebody_else_s(field: Field) -> Found:
    await field.refunding()
    field.market.provider.lose(field.refund)
    field.market.provider.taken.add(field.refund)
    return {("another_call", f"refund {field.refund}")}


async def refund_about_which_nobody_answers(field: Field) -> Found:
    await field.refunding()
    field.market.provider.speechless.add(field.refund)
    await field.market.pool.execute(
        "UPDATE payment_calls SET updated_at = updated_at - interval '2 days' WHERE order_id = $1", field.order_id
    )
    return {("unanswered", f"refund {field.refund}")}


async def refund_of_which_no_webhook_came(field: Field) -> Found:
    await field.refunding()
    field.market.provider.change(field.refund, state=MoneyState.SUCCEEDED)
    return {("told", f"{field.order_id} refund_updated")}


async def payout_that_never_arrived(field: Field) -> Found:
    await field.releasing()
    field.market.provider.lose(field.release)
    return {("only_here", f"release {field.release}")}


async def payout_over_more(field: Field) -> Found:
    await field.releasing()
    field.market.provider.change(field.release, amount=TOTAL + 1)
    return {("amount", f"release {field.release}"), ("order_overpaid", field.order_id)}


async def payout_made_twice(field: Field) -> Found:
    await field.releasing()
    field.market.provider.write(kind="release", key=field.release, order_id=field.order_id)
    return {("twice", f"release {field.release}"), ("order_overpaid", field.order_id)}


async def payout_beside_a_refund_by_hand(field: Field) -> Found:
    """The buyer has 5.00 back that the seller has too."""
    await field.releasing()
    field.market.provider.give_back(field.order_id, 500)
    return {("order_overpaid", field.order_id), ("told", f"{field.order_id} refund_reported")}


async def call_of_an_order_that_is_gone(field: Field) -> Found:
    await field.market.pool.execute(
        "INSERT INTO payment_calls (key, order_id, kind, record_id, attempt, amount, currency, payment_id, state,"
        " updated_at) VALUES ($1, $2, 'refund', 'r', 1, 5, 'USD', 'p', 'calling', now() - interval '2 days')",
        *(field.refund, field.order_id),
    )
    return {("unknown_order", f"refund {field.refund}")}


async def chargeback_that_nobody_told(field: Field) -> Found:
    await field.paid()
    field.market.provider.charge_back(field.payment, field.chargeback)
    return {("told", f"{field.order_id} chargeback_opened")}


async def chargeback_that_was_lost_unheard(field: Field) -> Found:
    await field.paid()
    field.market.provider.charge_back(field.payment, field.chargeback, "lost")
    return {("told", f"{field.order_id} chargeback_closed")}


async def chargeback_that_was_decided_unheard(field: Field) -> Found:
    await field.paid()
    await field.hears_chargeback()
    field.market.provider.charge_back(field.payment, field.chargeback, "won")
    return {("told", f"{field.order_id} chargeback_closed")}


async def chargeback_that_was_decided_anew(field: Field) -> Found:
    await field.paid()
    await field.hears_chargeback("lost")
    field.market.provider.charge_back(field.payment, field.chargeback, "won")
    return {("told", f"{field.order_id} chargeback_closed")}


async def chargeback_that_was_opened_anew(field: Field) -> Found:
    await field.paid()
    await field.hears_chargeback()
    await field.hears_chargeback("won")
    field.market.provider.charge_back(field.payment, field.chargeback)
    return {("told", f"{field.order_id} chargeback_opened")}


async def chargeback_over_less(field: Field) -> Found:
    await field.paid()
    await field.hears_chargeback()
    field.market.provider.charge_back(field.payment, field.chargeback, amount=500)
    return {("amount", f"chargeback {field.chargeback}")}


async def chargeback_of_which_the_provider_knows_nothing(field: Field) -> Found:
    await field.paid()
    await field.hears_chargeback()
    return {("only_here", f"chargeback {field.chargeback}")}


async def chargeback_of_nobody_s_payment(field: Field) -> Found:
    field.market.provider.charge_back(field.payment, field.chargeback)
    return {("only_at_provider", f"chargeback {field.chargeback}")}


async def chargeback_that_makes_no_sense(field: Field) -> Found:
    await field.paid()
    field.market.provider.charge_back(field.payment, field.chargeback, currency="?")
    return {("not_told", f"chargeback_opened {field.chargeback}")}


async def refund_in_the_console(field: Field) -> Found:
    await field.paid()
    field.market.provider.give_back(field.order_id, 500)
    return {("told", f"{field.order_id} refund_reported")}


async def refund_in_the_console_that_came_back(field: Field) -> Found:
    await field.paid()
    reference = field.market.provider.give_back(field.order_id, 500, state=MoneyState.REVERSED)
    await field.hears_refund(reference, 500)
    return {("told", f"{field.order_id} refund_reported")}


async def refund_in_the_console_over_less(field: Field) -> Found:
    await field.paid()
    reference = field.market.provider.give_back(field.order_id, 500)
    await field.hears_refund(reference, 600)
    return {("amount", f"refund {reference}")}


async def refund_in_the_console_of_nobody_s_payment(field: Field) -> Found:
    reference = field.market.provider.give_back(field.order_id, 500)
    return {("only_at_provider", f"refund {reference}")}


async def shared_payment_charged_back(field: Field) -> Found:
    """Two orders have it, and each hears of its part."""
    orders, payment = [f"{field.order_id}-{number}" for number in (1, 2)], f"{field.order_id}-shared"
    for order_id in orders:
        handle = await field.market.order(order_id)
        await handle.execute_update("payment_captured", captured(payment_id=payment) | {"of": 2 * TOTAL})
        await field.market.recorded(order_id, "payment_captured")
    field.market.provider.write(kind="payment", key=payment, amount=2 * TOTAL)
    field.market.provider.charge_back(payment, field.chargeback, amount=2 * TOTAL)
    return {("told", f"{order_id} chargeback_opened") for order_id in orders}


async def shared_payment_over_less(field: Field) -> Found:
    """What two orders have of it is more than it brought."""
    payment = f"{field.order_id}-shared"
    for number in (1, 2):
        handle = await field.market.order(f"{field.order_id}-{number}")
        await handle.execute_update("payment_captured", captured(payment_id=payment) | {"of": 2 * TOTAL})
        await field.market.recorded(f"{field.order_id}-{number}", "payment_captured")
    field.market.provider.write(kind="payment", key=payment, amount=2 * TOTAL - 1)
    return {("amount", f"payment {payment}")}


async def shares_above_their_payment(field: Field) -> Found:
    """Two orders have more of it, by their own word, than either says that it brought."""
    payment = f"{field.order_id}-shared"
    for number in (1, 2):
        handle = await field.market.order(f"{field.order_id}-{number}")
        await handle.execute_update("payment_captured", captured(payment_id=payment) | {"of": TOTAL + 1})
        await field.market.recorded(f"{field.order_id}-{number}", "payment_captured")
    field.market.provider.write(kind="payment", key=payment, amount=TOTAL + 1)
    return {("payment_shared", f"payment {payment}")}


async def row_that_is_missing(field: Field) -> Found:
    await field.paid()
    await field.market.pool.execute("DELETE FROM orders WHERE order_id = $1", field.order_id)
    return {("row_missing", field.order_id)}


async def row_that_is_behind(field: Field) -> Found:
    await field.paid()
    await field.row("stage = 'pending_payment', version = 0, entry = 1")
    return {("row_behind", field.order_id)}


async def row_that_somebody_edited(field: Field) -> Found:
    await field.paid()
    await field.row("stage = 'completed'")
    return {("row_differs", field.order_id)}


async def timeline_that_lost_an_entry(field: Field) -> Found:
    await field.paid()
    await field.market.pool.execute("DELETE FROM timeline WHERE order_id = $1 AND entry = 1", field.order_id)
    await field.row("stage = 'pending_payment', version = 0, entry = 1")
    return {("entries_missing", field.order_id)}


async def run_that_was_terminated(field: Field) -> Found:
    handle = await field.paid()
    await handle.terminate("by mistake")
    return {("terminated", field.order_id)}


async def run_that_is_paused(field: Field) -> Found:
    await field.paid()
    await pause(field.market.client, workflow_id(field.order_id))
    return {("paused", field.order_id)}


Plant = Callable[[Field], Awaitable[Found]]
PLANTS: Final[tuple[Plant, ...]] = (
    refund_we_never_sent,
    refund_of_a_second_engine,
    refund_of_an_order_that_nobody_has,
    payment_that_its_order_never_heard_of,
    payment_that_was_never_made,
    payment_over_another_amount,
    payment_in_another_currency,
    refund_of_another_order,
    refund_that_never_arrived,
    refund_over_another_amount,
    refund_in_another_currency,
    refund_that_failed_here_and_arrived_there,
    refund_that_was_taken_back,
    refund_sent_twice,
    refund_whose_key_is_somebody_else_s,
    refund_about_which_nobody_answers,
    refund_of_which_no_webhook_came,
    payout_that_never_arrived,
    payout_over_more,
    payout_made_twice,
    payout_beside_a_refund_by_hand,
    call_of_an_order_that_is_gone,
    chargeback_that_nobody_told,
    chargeback_that_was_lost_unheard,
    chargeback_that_was_decided_unheard,
    chargeback_that_was_decided_anew,
    chargeback_that_was_opened_anew,
    chargeback_over_less,
    chargeback_of_which_the_provider_knows_nothing,
    chargeback_of_nobody_s_payment,
    chargeback_that_makes_no_sense,
    refund_in_the_console,
    refund_in_the_console_that_came_back,
    refund_in_the_console_over_less,
    refund_in_the_console_of_nobody_s_payment,
    shared_payment_charged_back,
    shared_payment_over_less,
    shares_above_their_payment,
    payment_that_is_another_order_s,
    row_that_is_missing,
    row_that_is_behind,
    row_that_somebody_edited,
    timeline_that_lost_an_entry,
    run_that_was_terminated,
    run_that_is_paused,
)
