"""How an order is shown to a person."""

import io

from rich.console import Console

from starter.cli.render import order_card
from tests.process.orders import PROVIDER, after, days, delivered
from workflows.messages.chargebacks import ChargebackOpened
from workflows.process.allowed import order_view


def test_a_chargeback_is_shown_with_its_amount() -> None:
    opened = ChargebackOpened(by=PROVIDER, payment_id="p-1", chargeback_id="c-1", amount=2_000)
    order = after(delivered(), opened, at=days(2))
    shown = Console(file=io.StringIO(), width=1_000)
    shown.print(*order_card(order_view(order, days(2)), days(2)), sep="\n")
    assert isinstance(shown.file, io.StringIO)
    line = next(line for line in shown.file.getvalue().splitlines() if line.startswith("Chargeback:"))
    assert "chargeback_id c-1" in line
    assert "amount 20.00 USD" in line
    assert "outcome open" in line
