"""A refusal says from when an action will be possible, and names it again where only its content was wrong (R4)."""

from datetime import datetime
from typing import Any

import pytest

from tests.process.orders import (
    BUYER,
    SECOND,
    SELLER,
    TOTAL,
    asked,
    days,
    delivered,
    hours,
    new_order,
    paid,
    shipped,
)
from workflows.messages.base import Command
from workflows.messages.disputes import OpenDispute
from workflows.messages.offers import MakeOffer
from workflows.messages.parcels import ConfirmReceipt
from workflows.messages.refusal import Code, Refusal, Refused
from workflows.messages.sentences import ENGLISH
from workflows.messages.values import Role
from workflows.messages.vocabulary import DisputeReason, Resolution
from workflows.process.allowed import possible_from, refusal_with_alternatives, refused_actions
from workflows.process.clock.deadlines import running_deadline
from workflows.process.state.order import Order
from workflows.process.step import settle_deadlines, step


def told(order: Order, command: Command, now: datetime) -> Refusal:
    """What the sender of a refused command is told."""
    with pytest.raises(Refused) as caught:
        step(order, command, now)
    return refusal_with_alternatives(caught.value, order, command.by.role, command.name, now).refusal


def dispute(**fields: Any) -> OpenDispute:
    plain: dict[str, Any] = {
        "by": BUYER,
        "reason": DisputeReason.NOT_RECEIVED,
        "description": "It has not come.",
        "requested_resolution": Resolution.FULL_REFUND,
    }
    return OpenDispute(**(plain | fields))


def test_a_dispute_over_a_parcel_on_its_way_is_possible_once_it_is_late() -> None:
    order = shipped()
    late = running_deadline(order, order.deadlines[0].kind)
    assert late
    refusal = told(order, dispute(), hours(3))
    assert (refusal.code, refusal.possible_from) == (Code.NOT_ALLOWED_NOW, late.at)
    assert f"It is possible from {ENGLISH.when(order.when(late.at))}, if nothing else" in refusal.message
    (seen,) = (one for one in refused_actions(order, Role.BUYER, hours(3)) if one.action == "open_dispute")
    assert seen.possible_from == late.at


def test_what_it_says_is_true() -> None:
    order = shipped()
    at = possible_from(order, Role.BUYER, "open_dispute")
    assert at
    step(settle_deadlines(order, at)[0], dispute(), at)
    with pytest.raises(Refused):
        step(order, dispute(), at - SECOND)


def test_it_waits_for_what_a_silence_leads_to() -> None:
    """Asked again while a request is open: once the seller was silent, the next one may be made."""
    at = possible_from(asked(), Role.BUYER, "request_cancellation")
    assert at == hours(1 + 72)


def test_no_time_is_said_where_none_is_known() -> None:
    assert told(paid(), ConfirmReceipt(by=BUYER), hours(1)).possible_from is None
    assert possible_from(new_order(), Role.BUYER, "open_dispute") is None


def test_no_time_is_said_to_a_role_that_never_may() -> None:
    assert possible_from(shipped(), Role.SELLER, "open_dispute") is None
    assert possible_from(shipped(), Role.BUYER, "parcel_delivered") is None


def test_where_only_the_content_was_wrong_the_same_action_is_named_first() -> None:
    broken = dispute(reason=DisputeReason.DAMAGED, description="It is broken.")
    refusal = told(delivered(), broken, days(2))
    assert refusal.code is Code.EVIDENCE_MISSING
    assert refusal.instead[0].action == "open_dispute", "not what ends all protection"
    assert refusal.possible_from is None, "it is possible now"
    offer = MakeOffer(by=SELLER, resolution=Resolution.PARTIAL_REFUND, amount=TOTAL)
    too_much = told(delivered(), offer, days(2))
    assert (too_much.code, too_much.instead[0].action) == (Code.AMOUNT_TOO_HIGH, "make_offer")


def test_an_action_that_is_not_possible_is_never_named_instead() -> None:
    assert "confirm_receipt" not in [one.action for one in told(paid(), ConfirmReceipt(by=BUYER), hours(1)).instead]
