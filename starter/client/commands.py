"""One typed method for every command and fact: its keywords are the fields of the message class, so they cannot differ.

How a message travels does not live here but in `orders.py`. `python -m tests.client_methods` writes the methods.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from workflows.messages import authorizations, cancellation, chargebacks, disputes, offers, parcels, shared_payments
from workflows.messages import commands as wire
from workflows.messages.answers import Answer
from workflows.messages.base import Command, Fact, Message

P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., Any])


def _sends(
    kind: Callable[P, Command],
) -> Callable[Concatenate["OrderMessages", str, P], Coroutine[Any, Any, Answer]]:
    """A method that builds the command `kind` from its keywords, sends it, and gives the order's answer."""

    async def method(self: "OrderMessages", order_id: str, /, *args: P.args, **fields: P.kwargs) -> Answer:
        return await self.send(order_id, kind(*args, **fields))

    return _named(method, kind)


def _reports(
    kind: Callable[P, Fact],
) -> Callable[Concatenate["OrderMessages", str, P], Coroutine[Any, Any, None]]:
    """A method that builds the fact `kind` from its keywords, and reports it; facts are taken, not answered."""

    async def method(self: "OrderMessages", order_id: str, /, *args: P.args, **fields: P.kwargs) -> None:
        await self.report(order_id, kind(*args, **fields))

    return _named(method, kind)


def _named(method: F, kind: object) -> F:
    assert isinstance(kind, type)
    assert issubclass(kind, Message)
    method.__name__ = kind.name
    method.__qualname__ = f"OrderMessages.{kind.name}"
    method.__doc__ = kind.__doc__
    return method


class OrderMessages(ABC):
    """Every command and fact as a method: `await client.ship("A-1001", by=seller, carrier="DHL", tracking="00340")`.

    A command answers, or raises `CommandRefused`; a fact is only reported. Without `request_id` one is made up, so that
    the retries within one call are safe; give your own when the call itself may be repeated.
    """

    @abstractmethod
    async def send(self, order_id: str, message: Message) -> Answer:
        """Send any command or fact as an update, and give its answer."""

    @abstractmethod
    async def report(self, order_id: str, fact: Fact) -> None:
        """Report a fact, durably, also to an order that is settled."""

    payment_authorized = _reports(authorizations.PaymentAuthorized)
    payment_voided = _reports(authorizations.PaymentVoided)
    payment_captured = _reports(wire.PaymentCaptured)
    payment_failed = _reports(wire.PaymentFailed)
    request_cancellation = _sends(cancellation.RequestCancellation)
    withdraw_cancellation = _sends(cancellation.WithdrawCancellation)
    decide_cancellation = _sends(cancellation.DecideCancellation)
    cancel_order = _sends(cancellation.CancelOrder)
    ship = _sends(parcels.Ship)
    correct_tracking = _sends(parcels.CorrectTracking)
    extend_delivery = _sends(parcels.ExtendDelivery)
    request_interception = _sends(parcels.RequestInterception)
    answer_interception = _sends(parcels.AnswerInterception)
    parcel_delivered = _reports(parcels.ParcelDelivered)
    delivery_refused = _reports(parcels.DeliveryRefused)
    delivery_failed = _reports(parcels.DeliveryFailed)
    parcel_returned = _reports(parcels.ParcelReturned)
    parcel_lost = _reports(parcels.ParcelLost)
    receive_return = _sends(parcels.ReceiveReturn)
    confirm_receipt = _sends(parcels.ConfirmReceipt)
    make_offer = _sends(offers.MakeOffer)
    accept_offer = _sends(offers.AcceptOffer)
    decline_offer = _sends(offers.DeclineOffer)
    open_dispute = _sends(disputes.OpenDispute)
    add_evidence = _sends(disputes.AddEvidence)
    respond_to_dispute = _sends(disputes.RespondToDispute)
    request_information = _sends(disputes.RequestInformation)
    provide_information = _sends(disputes.ProvideInformation)
    decide_dispute = _sends(disputes.DecideDispute)
    withdraw_dispute = _sends(disputes.WithdrawDispute)
    appeal = _sends(disputes.Appeal)
    ship_return = _sends(parcels.ShipReturn)
    refund_updated = _reports(wire.RefundUpdated)
    release_updated = _reports(wire.ReleaseUpdated)
    chargeback_opened = _reports(chargebacks.ChargebackOpened)
    chargeback_closed = _reports(chargebacks.ChargebackClosed)
    refund_reported = _reports(chargebacks.RefundReported)
    send_message = _sends(wire.SendMessage)
    move_deadline = _sends(wire.MoveDeadline)
    retry_refund = _sends(wire.RetryRefund)
    settle_refund_manually = _sends(wire.SettleRefundManually)
    retry_release = _sends(wire.RetryRelease)
    settle_release_manually = _sends(wire.SettleReleaseManually)
    retry_capture = _sends(authorizations.RetryCapture)
    settle_capture_manually = _sends(authorizations.SettleCaptureManually)
    settle_payment_conflict = _sends(shared_payments.SettlePaymentConflict)
    acknowledge = _sends(wire.Acknowledge)
    add_note = _sends(wire.AddNote)
