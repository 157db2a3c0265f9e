"""Bugs in payment, cancellation, shipment, money, and in what every chapter uses."""

from typing import Final

from tests.planted.bug import Bug

FIRST_HALF: Final = (
    Bug("story/payment", "event.amount >= order.total", "event.amount > order.total", "the exact total does not pay"),
    Bug("story/payment", "event.amount >= order.total", "event.amount > 0", "any payment pays"),
    Bug(
        "story/payment",
        "event.occurred_at < pay_by.at",
        "event.occurred_at <= pay_by.at",
        "a payment made at the deadline counts as made before it",
    ),
    Bug(
        "story/payment",
        " or event.occurred_at is None or find_payment(order, event.payment_id):\n",
        " or event.occurred_at is None:\n",
        "a payment reported twice holds up pay_by",
    ),
    Bug(
        "story/payment",
        "order = replace(deadlines.stage_left(order), stage=Stage.AWAITING_SHIPMENT, paid_at=now)",
        "order = replace(order, stage=Stage.AWAITING_SHIPMENT, paid_at=now)",
        "a paid order is cancelled as unpaid",
        "story",
    ),
    Bug(
        "story/payment",
        '"surplus" if event.currency == order.currency else "foreign"',
        '"surplus"',
        "euros are counted as dollars",
    ),
    Bug(
        "money/contradictions",
        "if payment_id in order.conflicts:",
        "if payment_id not in order.conflicts:",
        "nobody hears of a payment reported with two amounts",
    ),
    Bug(
        "story/cancellation",
        "now >= window_end(order.paid_at",
        "now > window_end(order.paid_at",
        "auto-approval lasts too long",
    ),
    Bug(
        "story/cancellation",
        ">= order.terms.cancellation_requests:",
        "> order.terms.cancellation_requests:",
        "one request more than the terms allow",
    ),
    Bug(
        "story/cancellation",
        "    if not late:\n        check_request_limit(order)",
        "    check_request_limit(order)",
        "a buyer who used up the requests cannot leave a seller who is late",
    ),
    Bug(
        "story/cancellation",
        'order = _end_request(change.order, "rejected", now, event.by.role, RejectionReason.ALREADY_SHIPPED)',
        "order = change.order",
        "a request is still open when the parcel is out",
        "story",
    ),
    Bug(
        "story/cancellation",
        "            return cancellation_granted(\n"
        '                order, at, Role.SYSTEM, "The seller did not answer in time, which approves the cancellation"\n'
        "            )\n",
        '            return cancellation_lapsed(order, at, "The seller did not answer in time")\n',
        "silence that should approve lapses",
    ),
    Bug(
        "story/cancellation",
        'order = _end_request(order, "overtaken", now, event.by.role)',
        "pass",
        "a request stays open in a cancelled order",
        "story",
    ),
    Bug(
        "story/cancellation",
        "deadlines.stage_left(order, DeadlineKind.SHIP_BY, DeadlineKind.SHIP_NO_LATER_THAN)",
        "deadlines.stage_left(order)",
        "an order whose request was rejected waits for its shipment for ever",
        "story",
    ),
    Bug(
        "arrivals/shipped",
        "not now < event.deliver_by <= latest",
        "not now <= event.deliver_by <= latest",
        "a delivery is promised for this very instant",
    ),
    Bug(
        "story/cancellation",
        "    if order.stage is Stage.CANCELLATION_PENDING:\n        summary",
        "    if order.stage is Stage.SHIPPED:\n        summary",
        "a seller who is late keeps a buyer who asked to leave",
        "story",
    ),
    Bug(
        "story/cancellation",
        "order = overtake_cancellation(order, at)",
        "pass",
        "a request stays open in an order that was cancelled for lateness",
        "story",
    ),
    Bug("story/delivery", "if at > latest:", "if at >= latest:", "the last allowed day cannot be used"),
    Bug(
        "story/delivery",
        "extended_days=parcel.extended_days + event.days",
        "extended_days=event.days",
        "a seller extends for ever, day by day",
    ),
    Bug(
        "story/carrier",
        "return whereabouts.parcel_followed(order, (), now, told)",
        "return whereabouts.parcel_followed(order, (), event.occurred_at or now, told)",
        "a late report shortens the buyer's protection",
    ),
    Bug(
        "clock/deadlines",
        "if d.at <= now and d.kind is not spared",
        "if d.at < now and d.kind is not spared",
        "R2: equal",
    ),
    Bug(
        "clock/deadlines", "window < SHORT_WINDOW", "window <= SHORT_WINDOW", "a window of two hours is not reminded of"
    ),
    Bug(
        "clock/deadlines",
        "return at - REMIND_BEFORE",
        "return start + REMIND_BEFORE",
        "a reminder comes weeks too early",
    ),
    Bug(
        "clock/deadlines",
        "if (other.kind, other.subject) != (kind, subject)",
        "if (other.kind, other.subject) != (subject, kind)",
        "a deadline that was moved passes at its old instant too",
        "story",
    ),
    Bug(
        "clock/deadlines",
        "if d.kind in (*keeping, *OF_MONEY)",
        "if d.kind in keeping",
        "nobody watches a refund any more",
    ),
    Bug(
        "step", "Cause.of_clock_event(due), at)\n", "Cause.of_clock_event(due), now)\n", "a late clock writes late rows"
    ),
    Bug(
        "step",
        "_take_clock_event(order, due, at), Cause",
        "_take_clock_event(order, due, now), Cause",
        "a late clock gives longer windows",
    ),
    Bug(
        "step",
        "and order.settled and not too_late",
        "and order.stage.closed and not too_late",
        "no failed refund is retried",
    ),
    Bug(
        "too_late",
        "replace(order, passed=(order.closed_by,))",
        "replace(order, passed=())",
        "whoever comes after the deadline that has ended the order is told of the end alone",
    ),
    Bug(
        "step",
        "if isinstance(event, Message) and change.why is None:",
        "if isinstance(event, Message):",
        "a fact recorded without effect is never judged anew",
    ),
    Bug(
        "step",
        "        order = replace(order, passed=())\n",
        "        pass\n",
        "a deadline of a stage long left explains every refusal",
    ),
    Bug("senders", "if event.by.id != theirs:", "if False:", "anybody cancels anybody's order"),
    Bug("repeats", "exclude={'request_id'}", "exclude={'request_id', 'by'}", "another party gets my answer"),
    Bug(
        "money/transfers",
        " and not attempts.was_said_before(record.attempts, news)",
        "",
        "the platform may not say twice what it has said",
    ),
    Bug("repeats", " and _may_be_of(old, event)]", "]", "a buyer uses the seller's next request id"),
    Bug("repeats", "if old.by is not new.by", "if False", "whoever sends much makes the others forgotten"),
    Bug("repeats", "[-KEPT:]", "[:KEPT]", "the newest request is the one forgotten"),
    Bug(
        "money/refunds",
        "return max(0, refund.owed - attempt.amount)",
        "return refund.owed",
        "a refund that arrived is still owed",
    ),
    Bug(
        "money/refunds",
        "return _owe_again(with_transfer(order, new), refund.payment_id)",
        "return with_transfer(order, new)",
        "money that comes back from one refund is missing in the other, and freezes the order",
        "money",
    ),
    Bug(
        "money/leftovers",
        "return amount - amount % order.terms.smallest_amount",
        "return amount",
        "the provider is asked for an amount that it cannot move",
    ),
    Bug(
        "money/refunds",
        "amount_that_fits(refund, refund.owed)",
        "amount_that_fits(refund, refund.amount)",
        "a retry pays again what was paid before",
        "money",
    ),
    Bug(
        "money/transfers",
        "order = deadlines.end_deadlines(order, *kind.watches, subject=record_id)",
        "pass",
        "a refund that arrived is reported as overdue",
    ),
    Bug(
        "money/refunds",
        "return news if news in IN_TROUBLE else MoneyState.FAILED",
        "return MoneyState.SUCCEEDED",
        "a failed refund looks as if it had arrived",
    ),
    Bug(
        "money/attempts", 'f"{record_id}-{number}"', 'f"{record_id}-1"', "the provider takes a retry for the first try"
    ),
    Bug(
        "money/attempts",
        "if _RANK[news.state] < _RANK[attempt.state] or _is_said(attempt, news):",
        "if _is_said(attempt, news):",
        "a late `pending` undoes a refund that arrived",
    ),
    Bug(
        "money/attempts",
        "if news.state in attempt.seen:",
        "if False:",
        "an old report, sent again, reopens a settled order",
    ),
    Bug(
        "money/ledger",
        "or in_flight(record) is not None",
        "or False",
        "an order is settled while its money is still on the way",
    ),
    Bug(
        "money/ledger",
        "is_owed = record.state in IN_TROUBLE",
        "is_owed = False",
        "an order is settled although its seller was not paid",
        "money",
    ),
    Bug(
        "money/releases",
        'order = move_money(order, "held", "shortfall", loss_to_fill(order))',
        "pass",
        "a release that paid twice and came back once is held, and paid out again",
    ),
    Bug(
        "money/releases",
        "from_held = min(change, order.ledger.held)",
        "from_held = 0",
        "a release that paid after all is booked as the platform's loss",
    ),
    Bug(
        "arrivals/endings",
        "if order.parcel is None or",
        "if order.paid_at is None or",
        "a cancelled order is called refunded",
    ),
    Bug(
        "arrivals/endings",
        "any(map(is_open, all_transfers(order)))",
        "any(map(is_open, order.refunds))",
        "the seller is not paid yet",
    ),
    Bug(
        "arrivals/endings",
        "CancellationReason.POLICY: Role.SELLER,\n",
        "",
        "the buyer is blamed for the seller's fault",
    ),
    Bug(
        "clock/windows",
        "day.weekday() in weekend or day in holidays",
        "day.weekday() in weekend",
        "Christmas is a workday",
    ),
    Bug("clock/windows", "at.replace(fold=0)", "at.replace(fold=1)", "in a fold it is the later of both hours"),
    Bug("clock/windows", "return _end_of_gap(local)", "return instant", "in a gap it is an hour too late"),
    Bug(
        "telling/view",
        "if order.stage.closed:\n        return NOBODY",
        "if False:\n        return NOBODY",
        "whose turn is it?",
    ),
)
