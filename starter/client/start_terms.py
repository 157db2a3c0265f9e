"""Under which terms an order starts: its own over those of its policies, term by term.

Where policies are kept lives in `starter/policies.py`. The order knows nothing of this: it starts with whole terms,
and keeps of which versions they came.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg

from starter.policies import Policy, find_policies, names_nearby, terms_of
from workflows.messages.complaints import one_of, shown
from workflows.messages.decoding import decode_as
from workflows.messages.faults import invalid
from workflows.messages.nearest import nearest
from workflows.messages.policies import MARKETPLACE, PolicyVersion, seller_of, seller_policy
from workflows.messages.sentences import Sentence, say
from workflows.messages.start import NewOrder, StartOrder

THE_ORDER: Final = say("The order")


async def under_policies(pool: asyncpg.Pool, order: StartOrder) -> StartOrder:
    """The start input: the order with the terms under which it starts now, and the versions of which they came.

    The policy that it names; else the marketplace's and, over it, the seller's own, as far as there are such. One whose
    `policies` are said has its terms already. Raises `Refused` for a policy that there is not, or is another seller's.
    """
    if order.policies:
        return order
    layers = await find_policies(pool, dict.fromkeys(_names(order)))
    named = _named(order)
    if named is not None and not layers:
        near = nearest(named, await names_nearby(pool))
        complaint = one_of(near, named) if near else say("names no policy that there is")
        raise invalid(THE_ORDER, [_of_policy(complaint, named)], ("policy",))
    return _layered(order, layers)


async def as_begun(pool: asyncpg.Pool, order: StartOrder, begun: Sequence[PolicyVersion]) -> StartOrder | None:
    """What `under_policies` gave when these were the newest versions: a policy that has changed since does not make
    another order of the same one, sent again. None where these policies cannot have been the order's.
    """
    if order.policies:
        return order
    wanted = {policy.name: policy.version for policy in begun}
    named = _named(order)
    if list(wanted) != ([named] if named is not None else [name for name in _names(order) if name in wanted]):
        return None
    return _layered(order, await find_policies(pool, wanted))


def _named(order: StartOrder) -> str | None:
    return order.policy if isinstance(order, NewOrder) else None


def _names(order: StartOrder) -> tuple[str, ...]:
    """The policies that may be the order's; the later beats the earlier."""
    own, named = seller_policy(order.seller_id), _named(order)
    if named is None:
        return MARKETPLACE, own
    if seller_of(named) is not None and named != own:
        complaint = say("must not be another seller's: this order's is {policy}", policy=own)
        raise invalid(THE_ORDER, [_of_policy(complaint, named)], ("policy",))
    return (named,)


def _of_policy(complaint: Sentence, given: str) -> Sentence:
    return say("{field} {complaint} (given: {given})", field="policy", complaint=complaint, given=shown(given))


def _layered(order: StartOrder, layers: Sequence[Policy]) -> StartOrder:
    """The start input; read once more, since what each layer may say alone can be wrong together."""
    terms: dict[str, Any] = {}
    for said in (*map(terms_of, layers), order.terms):
        terms |= said.model_dump(mode="json", exclude_unset=True)
    own = order.model_dump(mode="json", exclude_unset=True, exclude={"policy", "terms"})
    versions = [{"name": layer.name, "version": layer.version} for layer in layers]
    plain: Mapping[str, Any] = own | ({"terms": terms} if terms else {}) | ({"policies": versions} if versions else {})
    # Written as Temporal's client will write it, so that as many bytes count here as there.
    return decode_as(StartOrder, THE_ORDER, json.dumps(plain, separators=(",", ":")).encode())
