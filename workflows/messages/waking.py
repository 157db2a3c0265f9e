"""What every run of an order is started with, whoever starts it, and what wakes one that is settled (R28).

Who starts them lives elsewhere: `starter/client/temporal.py` for people and programs, `activities/order_signals.py` for
the engine itself.
"""

from typing import Any, Final

from workflows.messages.commands import OFFERED
from workflows.messages.goods import goods_in_words, order_in_words
from workflows.messages.ids import workflow_id
from workflows.messages.markdown import as_it_stands, without_links
from workflows.messages.start import StartOrder
from workflows.messages.values import Role

WORKFLOW_TYPE: Final = "Order"
RECORDS_DUE: Final = "records_due"
"""The signal by which the engine tells a run to write what Postgres lacks. From anybody else it does the same."""


def run_of(order_id: str, task_queue: str, sold: StartOrder | None = None) -> dict[str, Any]:
    """What every run of an order is started with; the first with what was `sold`, which no later one is told.

    Raises `ValueError` when no order can have this id.
    """
    goods = "".join(f"- {as_it_stands(line)}\n" for line in goods_in_words(sold)) if sold else ""
    return {
        "id": workflow_id(order_id),
        "task_queue": task_queue,
        "static_summary": without_links(order_in_words(sold)) if sold else f"Order {order_id}",
        "static_details": f"{goods}\n{STATIC_DETAILS}" if goods else STATIC_DETAILS,
    }


def resume(order_id: str) -> dict[str, Any]:
    """The start input that loads the order's last state instead of beginning a new one."""
    return {"order_id": order_id, "resume": True}


def _static_details() -> str:
    """What the Temporal UI says of every order: handlers that are registered at run time carry no description.

    Names only: this stands in the history of every run.
    """
    senders = [role for role in Role if any(role in kind.roles for kind in OFFERED.values())]
    lines = "\n".join(
        f"- {role}: {', '.join(f'`{name}`' for name, kind in OFFERED.items() if role in kind.roles)}"
        for role in senders
    )
    return (
        "Takes these messages, as an update (answered) or as a signal (only taken), each one JSON object with "
        f"`request_id`, `by` and its own fields:\n\n{lines}\n\nQueries: `order`, and `allowed` with a role."
    )


STATIC_DETAILS: Final = _static_details()
