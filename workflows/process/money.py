"""The ledger: the named ways in which money moves between its columns, and the assert that none is lost (R6)."""

from dataclasses import fields

from workflows.messages.values import MoneyState
from workflows.process.state import IN_TROUBLE, Attempt, Ledger, Order, Payment, Refund, Release, replace

COLUMNS = tuple(field.name for field in fields(Ledger))


def moved(order: Order, **by: int) -> Order:
    """`order` with these columns of the ledger changed by these amounts."""
    ledger = order.ledger
    return replace(
        order, ledger=replace(ledger, **{column: getattr(ledger, column) + amount for column, amount in by.items()})
    )


def movements(before: Ledger, after: Ledger) -> dict[str, int]:
    """What changed between two ledgers, for the timeline: only the columns that did."""
    changes = {column: getattr(after, column) - getattr(before, column) for column in COLUMNS}
    return {column: change for column, change in changes.items() if change}


def transfers(order: Order) -> tuple[Refund | Release, ...]:
    """Everything that moves money out of the order."""
    return (*order.refunds, *order.releases)


def paid_by(record: Refund | Release) -> int:
    """What the attempts of a refund or release have really paid, by hand included."""
    by_hand = record.settled_by_hand if isinstance(record, Refund) else 0
    return by_hand + sum(a.amount for a in record.attempts if a.state is MoneyState.SUCCEEDED)


def in_flight(record: Refund | Release) -> Attempt | None:
    """The newest attempt of which the provider has not said the last word."""
    return next((a for a in reversed(record.attempts) if not is_final(a.state)), None)


def charged_back(order: Order, payment_id: str) -> int:
    """What lost chargebacks have taken of a payment."""
    return sum(c.amount for c in order.chargebacks if c.payment_id == payment_id and c.outcome == "lost")


def overdrawn(order: Order) -> int:
    """What left the order beyond all that was paid: the least that the platform is out of pocket."""
    ledger = order.ledger
    return max(0, ledger.refunded + ledger.refunding + ledger.released - ledger.captured)


def lost_by_refunds(order: Order) -> int:
    """What of the platform's loss no seller's money may fill: refunds that were paid twice, surplus charged back."""
    loss = 0
    for payment in order.payments:
        refunds = [refund for refund in order.refunds if refund.payment_id == payment.payment_id]
        if payment.role == "order":
            loss += sum(max(0, paid_by(r) + r.owed + r.charged_back - r.amount) for r in refunds)
        elif payment.role == "surplus":
            back = sum(paid_by(r) + r.owed for r in refunds) + charged_back(order, payment.payment_id)
            loss += max(0, back - payment.amount)
    return loss


def disputed_by_bank(order: Order, payment_id: str) -> bool:
    """Whether a chargeback is open on a payment: then nothing of it is sent anywhere (R22)."""
    return any(c.payment_id == payment_id and c.outcome == "open" for c in order.chargebacks)


def payout_disputed_by_bank(order: Order) -> bool:
    """The same for releases, which come out of the payment that paid the order."""
    return any(payment.role == "order" and disputed_by_bank(order, payment.payment_id) for payment in order.payments)


def is_waiting(record: Refund | Release) -> bool:
    """Whether it was asked for, and nothing of it was ever sent."""
    return record.state is MoneyState.REQUESTED and not record.attempts


def is_final(state: MoneyState) -> bool:
    return state in (MoneyState.SUCCEEDED, *IN_TROUBLE)


def is_open(record: Refund | Release) -> bool:
    """Whether this keeps an order from being settled."""
    if isinstance(record, Refund) and record.owed:
        return True
    if isinstance(record, Release) and record.state in IN_TROUBLE:
        return True
    return is_waiting(record) or in_flight(record) is not None


def balanced(order: Order) -> Order:
    """`order`, if its money adds up. If not it is our bug: freeze the order, loudly, with its money where it was."""
    ledger = order.ledger
    for column in COLUMNS:
        assert getattr(ledger, column) >= 0, f"{order.order_id}: {column} is negative in {ledger}"
    gone = ledger.refunded + ledger.refunding + ledger.released + ledger.held
    assert ledger.captured + ledger.shortfall == gone, f"{order.order_id}: {ledger} does not balance"
    home = [payment for payment in order.payments if payment.role != "foreign"]
    assert ledger.captured == sum(payment.amount for payment in home), (
        f"{order.order_id}: captured is not what was paid"
    )
    _refunds_match(order, home)
    assert ledger.released == sum(claimed(release) for release in order.releases), f"{order.order_id}: released"
    return order


def _refunds_match(order: Order, home: list[Payment]) -> None:
    """The columns are the sum of the records; no payment gives back more than it brought, but for the shortfall."""
    refunded = refunding = 0
    for payment in home:
        of_it = [refund for refund in order.refunds if refund.payment_id == payment.payment_id]
        back = sum(map(paid_by, of_it)) + charged_back(order, payment.payment_id)
        underway = sum(refund.owed for refund in of_it)
        assert back + underway <= payment.amount + order.ledger.shortfall, f"{order.order_id}: {payment} gives too much"
        refunded, refunding = refunded + back, refunding + underway
    assert (refunded, refunding) == (order.ledger.refunded, order.ledger.refunding), f"{order.order_id}: refunds"


def claimed(release: Release) -> int:
    """What counts as released for it: what its attempts paid or may still pay."""
    started = sum(a.amount for a in release.attempts if a.state not in IN_TROUBLE)
    return started if release.attempts else release.amount
