"""Which activations are let in: those of a workflow task, and not what a late query brings along before its task.

That orders replay under load, where such queries come, `tests/proof/test_replays.py` proves.
"""

from typing import Any

import pytest
from temporalio.bridge.proto.activity_result import ActivityResolution
from temporalio.bridge.proto.workflow_activation import (
    DoUpdate,
    FireTimer,
    InitializeWorkflow,
    QueryWorkflow,
    ResolveActivity,
    SignalWorkflow,
    WorkflowActivation,
    WorkflowActivationJob,
)

from workflows.sandbox import Tasks

INITIALIZED = WorkflowActivationJob(initialize_workflow=InitializeWorkflow(workflow_type="Order"))
ASKED = WorkflowActivationJob(query_workflow=QueryWorkflow(query_type="order", query_id="legacy_query"))
ASKED_WITH_A_TASK = WorkflowActivationJob(query_workflow=QueryWorkflow(query_type="order", query_id="1"))
COMMANDED = WorkflowActivationJob(do_update=DoUpdate(name="ship"))
TOLD = WorkflowActivationJob(signal_workflow=SignalWorkflow(signal_name="parcel_delivered"))
RANG = WorkflowActivationJob(fire_timer=FireTimer(seq=1))
PAID = WorkflowActivationJob(resolve_activity=ResolveActivity(seq=1, result=ActivityResolution()))
RECORDED = WorkflowActivationJob(resolve_activity=ResolveActivity(seq=1, result=ActivityResolution(), is_local=True))


def activation(task: int, *jobs: WorkflowActivationJob, replayed: bool = False) -> WorkflowActivation:
    """Of the task that started at that second."""
    made = WorkflowActivation(jobs=jobs, is_replaying=replayed)
    made.timestamp.FromSeconds(task)
    return made


@pytest.mark.parametrize("job", [TOLD, RANG, PAID])
def test_what_a_late_query_brings_along_comes_before_its_task(job: Any) -> None:
    tasks = Tasks()
    assert not tasks.comes_before(activation(1, INITIALIZED))
    assert not tasks.comes_before(activation(1, RECORDED))
    assert not tasks.comes_before(activation(1, ASKED))
    assert tasks.comes_before(activation(1, job))
    assert not tasks.comes_before(activation(2, job, COMMANDED)), "now its task has started"


def test_everything_of_a_task_is_let_in() -> None:
    tasks = Tasks()
    for task, jobs in enumerate(([INITIALIZED, TOLD], [COMMANDED, PAID, RECORDED], [TOLD, RANG, PAID]), start=1):
        assert not tasks.comes_before(activation(task, *jobs))
        assert not tasks.comes_before(activation(task, RECORDED))
        assert not tasks.comes_before(activation(task, ASKED))


def a_history() -> Tasks:
    """A run whose first tasks, one with an update among them, were replayed."""
    tasks = Tasks()
    assert not tasks.may_be_ahead(activation(1, INITIALIZED, replayed=True))
    assert not tasks.may_be_ahead(activation(2, RECORDED, COMMANDED, replayed=True))
    return tasks


@pytest.mark.parametrize("job", [INITIALIZED, TOLD, RANG, PAID])
def test_the_one_task_that_a_run_has_lived_through_may_be_that_of_a_worker_that_died(job: Any) -> None:
    tasks = Tasks() if job is INITIALIZED else a_history()
    assert not tasks.may_be_ahead(activation(3, job))
    assert not tasks.may_be_ahead(activation(4, RECORDED)), "an answer of a local activity moves the clock"
    assert tasks.may_be_ahead(activation(4, ASKED))


def test_what_is_only_replayed_has_a_completed_task() -> None:
    tasks = a_history()
    assert not tasks.may_be_ahead(activation(3, TOLD, replayed=True))
    assert not tasks.may_be_ahead(activation(3, ASKED))


def test_a_task_that_brought_an_update_or_a_query_or_is_not_the_first_is_its_worker_s_own() -> None:
    updated, asked, older = a_history(), a_history(), a_history()
    assert not updated.may_be_ahead(activation(3, TOLD, COMMANDED))
    assert not updated.may_be_ahead(activation(3, ASKED))
    assert not asked.may_be_ahead(activation(3, TOLD))
    assert not asked.may_be_ahead(activation(3, ASKED_WITH_A_TASK))
    assert not older.may_be_ahead(activation(3, TOLD))
    assert not older.may_be_ahead(activation(4, TOLD))
    assert not older.may_be_ahead(activation(4, ASKED))
