"""A refusal says from when an action will be possible, and names it again where only its content was wrong (R4)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from activities.languages import retold
from tests.process.later_orders import open_dispute as damaged
from tests.process.orders import (
    BUYER,
    CARRIER,
    DELIVERED,
    SECOND,
    SELLER,
    TOTAL,
    after,
    asked,
    cancel,
    days,
    delivered,
    hours,
    new_order,
    paid,
    request,
    shipped,
)
from workflows.frozen import replace
from workflows.messages.base import Command
from workflows.messages.disputes import OpenDispute
from workflows.messages.offers import MakeOffer
from workflows.messages.parcels import ConfirmReceipt, DeliveryRefused, ParcelReturned
from workflows.messages.refusal import Code, Refusal, Refused
from workflows.messages.sentences import ENGLISH, say
from workflows.messages.values import Role
from workflows.messages.vocabulary import DisputeReason, Resolution
from workflows.process.allowed import by_the_clock_alone, possible_from, refusal_with_alternatives, refused_actions
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
    at = possible_from(by_the_clock_alone(order), Role.BUYER, "open_dispute")
    assert at
    step(settle_deadlines(order, at)[0], dispute(), at)
    with pytest.raises(Refused):
        step(order, dispute(), at - SECOND)


def test_nothing_that_the_clock_has_passed_is_told_as_what_is_to_come() -> None:
    """Also where the order itself has not heard of it yet: its worker was away, or somebody asks what would be then."""
    for event in (request(), dispute()):
        refusal = told(shipped(), event, days(400))
        assert refusal.possible_from is None
        assert "possible from" not in refusal.message
        assert "You can open a dispute" not in refusal.message


def test_it_waits_for_what_a_silence_leads_to() -> None:
    """Asked again while a request is open: once the seller was silent, the next one may be made."""
    at = possible_from(by_the_clock_alone(asked()), Role.BUYER, "request_cancellation")
    assert at == hours(1 + 72)


def test_no_time_is_said_where_none_is_known() -> None:
    assert told(paid(), ConfirmReceipt(by=BUYER), hours(1)).possible_from is None
    assert possible_from(by_the_clock_alone(new_order()), Role.BUYER, "open_dispute") is None


def test_no_time_is_said_to_a_role_that_never_may() -> None:
    assert possible_from(by_the_clock_alone(shipped()), Role.SELLER, "open_dispute") is None
    assert possible_from(by_the_clock_alone(shipped()), Role.BUYER, "parcel_delivered") is None


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


ONCE_DELIVERED = (
    ("en", "You can open a dispute once it is delivered, or from Fri 1 May 2026, 14:00 UTC if it has not arrived."),
    (
        "de",
        "Einen Streitfall können Sie eröffnen, sobald das Paket zugestellt ist, oder ab Fr., 1. Mai 2026",
    ),
    ("es", "Podrá abrir una disputa cuando se lo entreguen o, si no ha llegado, a partir del vie, 1 may 2026"),
)


@pytest.mark.parametrize(("language", "sentence"), ONCE_DELIVERED)
def test_R11_who_cannot_cancel_any_more_is_told_of_the_later_dispute(language: str, sentence: str) -> None:
    refusal = told(shipped(), request(), hours(3))
    assert refusal.code is Code.ALREADY_SHIPPED
    assert sentence in retold(refusal.message, refusal.said, language)


def test_R11_the_later_dispute_is_possible_as_it_was_told() -> None:
    on_its_way = shipped()
    step(after(on_its_way, DELIVERED, at=days(1)), damaged(), days(1))
    late = settle_deadlines(on_its_way, days(60) + timedelta(hours=2))[0]
    step(late, dispute(), days(60) + timedelta(hours=2))
    assert "dispute once" not in told(late, request(), days(61)).message, "it is possible now, and named so"


def test_R11_a_parcel_on_its_way_back_is_disputed_once_it_is_there() -> None:
    back = after(shipped(), DeliveryRefused(by=CARRIER, tracking="T-1"), at=days(2))
    sentence = "You can open a dispute once it is back at the seller, or from Fri 3 Apr 2026, 12:00 UTC if it is not."
    assert sentence in told(back, request(), days(3)).message
    at_the_seller = after(back, ParcelReturned(by=CARRIER, tracking="T-1"), at=days(4))
    step(at_the_seller, dispute(reason=DisputeReason.RETURNED_NOT_REFUNDED), days(4))


def test_R11_nobody_is_told_of_a_dispute_that_will_not_be_possible() -> None:
    assert "dispute" not in told(shipped(disputes=0), request(), hours(3)).message
    assert "dispute" not in told(shipped(), cancel(SELLER), hours(3)).message, "it is the buyer's"
    agreed = replace(shipped(), return_agreed=True)
    assert "dispute once" not in told(agreed, request(), hours(3)).message, "then the goods go back"


def test_a_place_of_which_nothing_is_to_say_stays_empty() -> None:
    assert str(say("It goes back{when}.", when=None)) == "It goes back."
