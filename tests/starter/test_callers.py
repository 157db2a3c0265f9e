"""Who a caller acts as, and whose orders they see: by credentials alone, before anything is read."""

import pytest

from starter.gateway.callers import SCOPES_OF_PERSON, Caller, Scope
from workflows.messages.cancellation import CancelOrder
from workflows.messages.commands import PaymentCaptured
from workflows.messages.parcels import ParcelDelivered, Ship
from workflows.messages.values import Party, Role

BUYER = Party(role=Role.BUYER, id="b-7")
SELLER = Party(role=Role.SELLER, id="s-3")
OPS = Party(role=Role.PLATFORM, id="ops-1")


def person(party: Party) -> Caller:
    return Caller(f"{party.role}:{party.id}", SCOPES_OF_PERSON[party.role], acting=party)


def key(*scopes: Scope, acting: Party | None = None, bound: Party | None = None) -> Caller:
    return Caller("key:1", frozenset(scopes), acting, bound, id="shop")


@pytest.mark.parametrize(
    ("caller", "own", "of_others"),
    [
        (person(BUYER), True, False),
        (person(SELLER), True, False),
        (person(OPS), True, True),
        (key(Scope.READ), True, True),
        (key(Scope.READ, bound=SELLER), True, False),
        (key(Scope.READ, Scope.BUYER, acting=BUYER), True, False),
        (key(Scope.READ, Scope.PLATFORM, acting=OPS, bound=SELLER), True, False),
    ],
)
def test_a_caller_sees_their_own_orders_and_the_platform_all(caller: Caller, *, own: bool, of_others: bool) -> None:
    assert caller.may_see("b-7", "s-3") is own
    assert caller.may_see("b-8", "s-4") is of_others


def test_a_buyer_of_the_sellers_name_is_not_the_seller() -> None:
    assert not person(Party(role=Role.BUYER, id="s-3")).may_see("b-7", "s-3")


@pytest.mark.parametrize(
    ("caller", "eyes"),
    [
        (person(BUYER), Role.BUYER),
        (person(OPS), Role.PLATFORM),
        (key(Scope.READ), None),
        (key(Scope.READ, Scope.PLATFORM), Role.PLATFORM),
        (key(Scope.READ, Scope.PLATFORM, acting=SELLER), Role.SELLER),
    ],
)
def test_a_key_sees_as_whom_it_acts_for(caller: Caller, eyes: Role | None) -> None:
    assert caller.sees_as is eyes


def test_a_key_speaks_for_systems_by_its_scopes_and_for_people_only_by_name() -> None:
    carrier = key(Scope.CARRIER)
    assert carrier.speaker(ParcelDelivered) == Party(role=Role.CARRIER, id="shop")
    assert carrier.speaker(PaymentCaptured) is None
    assert key(Scope.SELLER).speaker(Ship) is None
    assert key(Scope.SELLER, acting=SELLER).speaker(Ship) == SELLER
    assert key(Scope.PLATFORM).speaker(CancelOrder) == Party(role=Role.PLATFORM, id="shop")


@pytest.mark.parametrize(
    ("caller", "colleague"),
    [
        (person(OPS), "platform:ops-1"),
        (key(Scope.PLATFORM), "platform:shop"),
        (key(Scope.PLATFORM, acting=OPS), "platform:ops-1"),
        (key(Scope.PLATFORM, acting=SELLER, bound=SELLER), "platform:shop"),
    ],
)
def test_colleagues_know_a_caller_by_the_name_under_which_it_speaks(caller: Caller, colleague: str) -> None:
    """A seller is no colleague: a key that is bound to one speaks for the platform by its own name."""
    assert caller.colleague == colleague
    speaker = caller.speaker(CancelOrder)
    assert speaker is not None
    assert f"{speaker.role}:{speaker.id}" == colleague


def test_a_key_that_is_bound_to_a_party_speaks_for_it_only_if_it_may() -> None:
    for scope, kind, role in (
        (Scope.PLATFORM, CancelOrder, Role.PLATFORM),
        (Scope.CARRIER, ParcelDelivered, Role.CARRIER),
    ):
        bound = key(scope, acting=SELLER, bound=SELLER)
        assert bound.speaker(kind) == Party(role=role, id="shop")
        assert bound.speaker(Ship) is None
        assert bound.sides == (None, "s-3")
    assert key(Scope.SELLER, acting=SELLER, bound=SELLER).speaker(CancelOrder) == SELLER
