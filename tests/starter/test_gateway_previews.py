"""What a command would do, where Temporal keeps no run of the order, or would have to start one."""

from datetime import datetime

import pytest

from starter.client.recorded import Recorded
from starter.errors import OrderNotFound
from starter.gateway.previews import preview_now
from tests.process.orders import PLATFORM, TOTAL, days, paid
from workflows.messages.answers import Preview
from workflows.messages.base import Message
from workflows.messages.chargebacks import ChargebackOpened
from workflows.start_input import state_of

OPENED = ChargebackOpened(by=PLATFORM, payment_id="p-1", chargeback_id="c-1", amount=700, note="a letter")


class Forgotten:
    """Temporal, which keeps no run of any order."""

    asked = 0

    async def preview(self, order_id: str, message: Message, at: datetime) -> Preview:
        self.asked += 1
        raise OrderNotFound(order_id)


@pytest.mark.parametrize(("closed_at", "asked"), [(None, 1), (days(3), 0)], ids=["open", "settled"])
async def test_an_order_without_a_run_is_judged_from_its_record(closed_at: datetime | None, asked: int) -> None:
    """Else what was approved could not be looked at, and would stay approved and unsent."""
    order = paid()
    recorded = Recorded(
        buyer_id="b-7",
        seller_id="s-3",
        version=2,
        entry=2,
        closed_at=closed_at,
        state=state_of(order),
        locale=None,
    )
    engine = Forgotten()
    shown = await preview_now(engine, "A-1", recorded, OPENED)
    assert shown.at_stake == {"USD": TOTAL}, "nobody has shipped it in time, and all goes back"
    assert engine.asked == asked
