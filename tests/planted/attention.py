"""Bugs planted in what a reset leaves alone, and in what somebody takes off the list of what needs attention."""

from typing import Final

from tests.planted.bug import Bug

ATTENTION: Final = (
    Bug(
        "resets",
        "told = replace(order, resets=order.resets + 1)",
        "told = replace(order, resets=order.resets + 1, deadlines=order.deadlines[1:])",
        "a reset takes an order's deadline away, and nothing ends it",
    ),
    Bug(
        "resets",
        "if old is None and known.isdisjoint(((None, event.request_id), (event.by.role, event.request_id))):",
        "if old is None:",
        "an old command lives again after a reset, at another instant",
    ),
    Bug(
        "resets",
        "if event.request_id is None:\n        return _come_again_without_id(order, name, event, now)",
        "if event.request_id is None:\n        return None",
        "a command that nobody can know again is carried out twice",
    ),
    Bug(
        "resets",
        "if not isinstance(event, Command):",
        "if event is None:",
        "a payment that is told after a reset is only written down",
    ),
    Bug(
        "resets",
        "settle_deadlines(order, now)\n    change = Change(current, say('",
        "(order, ())\n    change = Change(current, say('",
        "what passed before a message came with a reset is settled after it",
    ),
    Bug(
        "resets",
        'settle_deadlines(order, now)\n    change = Change(\n        current, say("A start',
        '(order, ())\n    change = Change(\n        current, say("A start',
        "what passed while nobody carried the order is settled after the start that is refused",
    ),
    Bug(
        "money/attention",
        '"refund_failed": Kind(say("the refund has failed"), _REFUND)',
        '"refund_failed": Kind(say("the refund has failed"))',
        "a refund that failed is hidden, and the buyer never gets it",
    ),
    Bug(
        "money/attention",
        "_is_of(old, one) and one.amount <= old.amount",
        "_is_of(old, one)",
        "a loss that grows after somebody looked is seen by nobody",
    ),
    Bug(
        "money/attention",
        "amount=min(old.amount, amounts.get((old.kind, old.subject), 0))",
        "amount=old.amount if (old.kind, old.subject) in amounts else 0",
        "a loss that shrank and grew again is seen by nobody",
    ),
    Bug(
        "money/attention",
        'conflicts=_not_seen(order.conflicts, seen, "payment_contradicted"),',
        "",
        "a payment that contradicts itself is acknowledged, and stays on the list for ever",
    ),
    Bug(
        "money/attention",
        "for one in seen),\n        ),",
        "for one in meant),\n        ),",
        "who looks at an overpaid refund hides that it has failed",
    ),
    Bug(
        "too_late",
        "return isinstance(event, Acknowledge) and bool(attention.needs_attention(order))",
        "return False",
        "what needs attention of a settled order needs it for ever",
    ),
    Bug(
        "too_late",
        "return isinstance(event, Acknowledge) and bool(attention.needs_attention(order))",
        "return isinstance(event, Acknowledge)",
        "a settled order of which nothing needs attention does not say that it is closed",
    ),
    Bug(
        "telling/timeline",
        "event is not None and event.platform_only",
        'event is not None and event.name == "add_note"',
        "buyer and seller read what the platform noted about its own loss",
    ),
    Bug(
        "allowed",
        "sorted(possible, key=lambda one: (one.action != name, one.action not in named))",
        "possible",
        "the refusal names everything but what would help first",
    ),
)
