"""All scenarios of the demo, under the guide's own headings."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starter.demo import already_shipped, awaiting_shipment, in_dispute, pending_payment
from starter.demo.scenario import Scenario

Headings = Mapping[str, tuple[Scenario, ...]]

HEADINGS: Final[Headings] = MappingProxyType(
    {
        "Cancelling an order in 'Pending Payment'": pending_payment.SCENARIOS,
        "Cancelling an order in 'Awaiting Shipment'": awaiting_shipment.SCENARIOS,
        "An order that is already shipped": already_shipped.SCENARIOS,
        "Opening a dispute": in_dispute.SCENARIOS,
    }
)
SCENARIOS: Final = tuple(scenario for group in HEADINGS.values() for scenario in group)


def chosen(only: str | None) -> Headings:
    """The scenarios to play: all, or the one of that name. Raises `ValueError` with the names that there are."""
    if only is None:
        return HEADINGS
    found = {
        heading: tuple(scenario for scenario in group if scenario.name == only) for heading, group in HEADINGS.items()
    }
    if not any(found.values()):
        raise ValueError(f"there is no scenario {only!r}; there are {', '.join(each.name for each in SCENARIOS)}")
    return {heading: group for heading, group in found.items() if group}
