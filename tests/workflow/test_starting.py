"""What a run begins with, whoever starts it."""

import json

from tests.workflow.theatre import start_input
from workflows.messages.start import ResumeOrder, StartOrder
from workflows.start_input import Carried, Unusable, beginning

OWN_ID = "order-A-1"


def test_a_new_order() -> None:
    assert isinstance(beginning(_json(start_input("A-1")), OWN_ID, continued=False), StartOrder)


def test_an_order_that_is_woken() -> None:
    assert isinstance(beginning(_json({"order_id": "A-1", "resume": True}), OWN_ID, continued=False), ResumeOrder)


def test_a_state_is_taken_over_from_the_last_run_and_from_nobody_else() -> None:
    carried = _json({"order_id": "A-1", "state": "{}", "opened_by": "run"})
    assert isinstance(beginning(carried, OWN_ID, continued=True), Carried)
    assert isinstance(beginning(carried, OWN_ID, continued=False), Unusable)


def test_a_run_that_the_server_started_anew_is_not_taken_for_one_that_continues() -> None:
    """A cron schedule or a retry policy starts the next run with the first one's input."""
    assert isinstance(beginning(_json(start_input("A-1")), OWN_ID, continued=True), StartOrder)


def test_an_order_under_another_workflow_id_is_unusable() -> None:
    begun = beginning(_json(start_input("A-1")), "order-B-2", continued=False)
    assert isinstance(begun, Unusable)
    assert begun.refused.refusal.fields == ("order_id",)


def _json(content: object) -> bytes:
    return json.dumps(content).encode()
