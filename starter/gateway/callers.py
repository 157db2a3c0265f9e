"""Who calls the gateway: as whom they act, what they may do, and whose orders they see.

How a caller proves who they are does not live here but in `credentials.py`; which route wants which of it, with the
route.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from workflows.messages.base import Message
from workflows.messages.values import Party, Role


class Scope(StrEnum):
    """What a key may do, and a token's bearer too."""

    START = "orders:start"
    READ = "orders:read"
    BUYER = "act:buyer"
    SELLER = "act:seller"
    PLATFORM = "act:platform"
    PAYMENT = "facts:payment"
    CARRIER = "facts:carrier"
    POLICIES = "policies"
    SUBSCRIPTIONS = "subscriptions"


SCOPE_OF_ROLE: Final[Mapping[Role, Scope]] = MappingProxyType(
    {
        Role.BUYER: Scope.BUYER,
        Role.SELLER: Scope.SELLER,
        Role.PLATFORM: Scope.PLATFORM,
        Role.PAYMENT_PROVIDER: Scope.PAYMENT,
        Role.CARRIER: Scope.CARRIER,
    }
)
"""What one needs to speak as each role. Nobody speaks as the system: its messages are the engine's own."""
SCOPES_OF_PERSON: Final[Mapping[Role, frozenset[Scope]]] = MappingProxyType(
    {
        Role.BUYER: frozenset({Scope.READ, Scope.BUYER, Scope.SUBSCRIPTIONS}),
        Role.SELLER: frozenset({Scope.READ, Scope.SELLER, Scope.SUBSCRIPTIONS}),
        Role.PLATFORM: frozenset(
            {Scope.START, Scope.READ, Scope.PLATFORM, Scope.POLICIES, Scope.SUBSCRIPTIONS},
        ),
    }
)
"""What a token's bearer may do by their role; the token's own `scopes` only ever take from it."""
KEY: Final = "key:"
"""How the name of a caller begins who comes with a key: no role is called so."""
ACTS: Final = frozenset(SCOPE_OF_ROLE.values())
"""To send a message to an order one of these is needed."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose credentials were right."""

    name: str
    """Who is counted and logged: `buyer:b-7`, `key:12`. No secret."""
    scopes: frozenset[Scope]
    acting: Party | None = None
    """As whom they act: a person as themself, a key for the party that it names or is bound to."""
    bound: Party | None = None
    """The one buyer or seller for whom a key was made; None: for everybody."""
    id: str = ""
    """Under which a key itself is known to an order, when it speaks for nobody else."""

    @property
    def key_id(self) -> int | None:
        """The number of the key that calls; None for a token."""
        return int(self.name.removeprefix(KEY)) if self.name.startswith(KEY) else None

    @property
    def person(self) -> str:
        """Whoever is behind it, as far as is known: `platform:ops-1`, whom a token or a key names; else the key."""
        return f"{self.acting.role}:{self.acting.id}" if self.acting else self.name

    @property
    def acts_for(self) -> str | None:
        """The party in whose name a key is used; None where they act as themself, or for nobody."""
        return None if self.person == self.name else self.person

    @property
    def colleague(self) -> str:
        """As whom the platform's people know them: `platform:ops-1`, also a key that names none of them, by its own
        name."""
        return f"{Role.PLATFORM}:{self.acting.id if self.acting and self.names_a_colleague else self.id}"

    @property
    def names_a_colleague(self) -> bool:
        """Whether they act as somebody of the platform, and not as what a key is bound to."""
        return self.acting is not None and self.acting.role is Role.PLATFORM

    @property
    def sees_as(self) -> Role | None:
        """Through whose eyes they look. None: an outsider's, who sees what both sides may see and nothing else."""
        if self.acting is not None:
            return self.acting.role
        return Role.PLATFORM if Scope.PLATFORM in self.scopes else None

    @property
    def whose_orders(self) -> Party | None:
        """The buyer or seller whose orders they see; None: everybody's."""
        if self.acting is not None and self.acting.role in (Role.BUYER, Role.SELLER):
            return self.acting
        return self.bound

    @property
    def sides(self) -> tuple[str | None, str | None]:
        """The buyer and the seller without whom an order is none of theirs; None: anybody."""
        named = {party.role: party.id for party in (self.bound, self.whose_orders) if party}
        return named.get(Role.BUYER), named.get(Role.SELLER)

    def may_see(self, buyer_id: str, seller_id: str) -> bool:
        """Whether an order of these two is one of theirs; also the binding of a key that acts for somebody counts."""
        sides = {Role.BUYER: buyer_id, Role.SELLER: seller_id}
        return all(one is None or sides[one.role] == one.id for one in (self.whose_orders, self.bound))

    def speaker(self, kind: type[Message]) -> Party | None:
        """As whom they send a message of this kind; None when they speak as nobody who could."""
        # A key that is bound to a party speaks for that party only if it may: what it is bound to only narrows it.
        if self.acting is not None and (self.bound is None or SCOPE_OF_ROLE[self.acting.role] in self.scopes):
            return self.acting
        for role in kind.roles:
            if (scope := SCOPE_OF_ROLE.get(role)) and scope in self.scopes and role not in (Role.BUYER, Role.SELLER):
                return Party(role=role, id=self.id)
        return None
