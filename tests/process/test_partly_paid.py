"""Money of which one attempt has moved a part: what is paid, what is missing, and what to do about it (R21, R37)."""

from typing import Final

import pytest

from activities.languages import retold
from tests.process.orders import (
    REFUND_1,
    RELEASE_1,
    after,
    days,
    notices,
    refunding,
    releasing,
    retry,
    retry_release,
    taken,
)
from workflows.messages.values import MoneyState, Role
from workflows.messages.work import Notice
from workflows.process.money.attention import needs_attention
from workflows.process.state.changes import AttemptAnswered
from workflows.process.state.order import Order

SUCCEEDED, FAILED = MoneyState.SUCCEEDED, MoneyState.FAILED
T: Final = days(4)
FITS: Final = 2000
"""Of 2299: what the guard says would not be too much."""
TOLD: Final = "So far 20.00 USD are paid; 2.99 USD are still missing."


def retried_in_part(order: Order, record_id: str) -> Order:
    """The first attempt was not sent, for it was too much; what fits is on its way."""
    unsent = AttemptAnswered(record_id, 1, FAILED, failure_reason="guard", unsent="guard", fits=FITS)
    return after(order, unsent, retry() if record_id == REFUND_1 else retry_release(), at=T)


def to_platform(order: Order, news: AttemptAnswered) -> Notice:
    [notice] = [each for each in notices(taken(order, news, T)) if each.role is Role.PLATFORM]
    return notice


REFUNDING: Final = retried_in_part(refunding(), REFUND_1)
RELEASING: Final = retried_in_part(releasing(), RELEASE_1)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", f"succeeded. {TOLD} Retry or settle by hand: {REFUND_1}."),
        (
            "de",
            (
                "war erfolgreich. Bisher wurden 20,00 USD gezahlt; 2,99 USD fehlen noch. "
                f"Erneut zu versuchen oder von Hand zu erledigen: {REFUND_1}."
            ),
        ),
        (
            "es",
            (
                "se ha completado. Hasta ahora se han pagado 20,00 USD; todavía faltan 2,99 USD. "
                f"Reintente o resuelva a mano: {REFUND_1}."
            ),
        ),
    ],
)
def test_R21_a_part_that_arrived_says_what_of_the_refund_is_missing(language: str, told: str) -> None:
    notice = to_platform(REFUNDING, AttemptAnswered(REFUND_1, 2, SUCCEEDED))
    assert retold(notice.text, notice.said, language).replace("\N{NO-BREAK SPACE}", " ").endswith(f" 2) {told}")


def test_R21_a_part_that_was_paid_out_says_what_of_the_payout_is_missing() -> None:
    notice = to_platform(RELEASING, AttemptAnswered(RELEASE_1, 2, SUCCEEDED))
    told = f"Payout A-1001-release-1 (20.00 USD, attempt 2) succeeded. {TOLD} Retry it, or settle it by hand."
    assert notice.text == told


@pytest.mark.parametrize(("order", "record_id"), [(REFUNDING, REFUND_1), (RELEASING, RELEASE_1)])
def test_R3_what_needs_attention_says_it_too_and_not_that_it_has_failed(order: Order, record_id: str) -> None:
    [found] = needs_attention(after(order, AttemptAnswered(record_id, 2, SUCCEEDED), at=T))
    assert found.message == f"{TOLD} Retry it, or settle it."


def test_R21_the_rest_that_fails_says_why_and_what_was_paid_before() -> None:
    again = after(REFUNDING, AttemptAnswered(REFUND_1, 2, SUCCEEDED), retry(), at=T)
    failed = AttemptAnswered(REFUND_1, 3, FAILED, failure_reason="account closed")
    assert to_platform(again, failed).text == (
        f"Refund A-1001-refund-1 (2.99 USD, attempt 3) failed: account closed. {TOLD} Retry or settle by hand: "
        "A-1001-refund-1."
    )
    [found] = needs_attention(after(again, failed, at=T))
    assert found.message == f'{TOLD} The reason: "account closed". Retry it, or settle it.'


def test_R21_of_one_that_failed_whole_nothing_is_said_to_be_paid() -> None:
    notice = to_platform(refunding(), AttemptAnswered(REFUND_1, 1, FAILED))
    assert notice.text == "Refund A-1001-refund-1 (22.99 USD) failed. Retry or settle by hand: A-1001-refund-1."
