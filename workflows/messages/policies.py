"""Policies: what a named set of terms is called, what stands in it, and which versions of them an order began with.

Who does not live here: where they are kept (`starter/policies.py`), and how an order's terms come of them
(`starter/client/start_terms.py`).
"""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from workflows.messages.complaints import Complaint
from workflows.messages.fields import Id, OrderId
from workflows.messages.sentences import say
from workflows.messages.terms import Terms
from workflows.messages.values import Wire

MARKETPLACE: Final = "marketplace"
"""The policy of every order that names none, unless its seller's own says otherwise."""
OF_SELLER: Final = "seller:"
"""What the name of a seller's own policy begins with; the seller's id follows."""
MAX_VERSIONS: Final = 10_000
"""Of one policy: one a day for 27 years. None is ever removed, for orders began with it."""
MAX_LAYERS: Final = 2
"""Policies of which one order's terms come: the marketplace's, and the seller's over it."""
MAX_POLICY_BYTES: Final = 24 * 1024
"""Of a policy as it comes: every holiday and every automatic approval that a set of terms may have, written wide."""

_PLAIN: Final[TypeAdapter[str]] = TypeAdapter(OrderId)
_SELLER: Final[TypeAdapter[str]] = TypeAdapter(Id)


def seller_policy(seller_id: str) -> str:
    """What the seller's own policy is called."""
    return f"{OF_SELLER}{seller_id}"


def seller_of(name: str) -> str | None:
    """Whose own policy it is; None of one that is no seller's."""
    return name.removeprefix(OF_SELLER) if name.startswith(OF_SELLER) else None


def _policy_name(name: str) -> str:
    seller = seller_of(name)
    try:
        return _PLAIN.validate_python(name) if seller is None else seller_policy(_SELLER.validate_python(seller))
    except ValidationError:
        wanted = say(
            'must have 1 to 64 letters, digits, dots, underscores and hyphens, or be "seller:" and a seller\'s id'
        )
        raise Complaint(wanted) from None


PolicyName = Annotated[str, AfterValidator(_policy_name)]


class PolicyVersion(Wire):
    """One version of a policy: what it says never changes."""

    name: PolicyName
    version: Annotated[int, Field(ge=1, le=MAX_VERSIONS)]


class PolicyContent(Wire):
    """What a policy says: `terms` names only what differs from what would be without it."""

    terms: Terms
