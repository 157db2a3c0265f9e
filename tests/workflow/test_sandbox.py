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
ASKED = WorkflowActivationJob(query_workflow=QueryWorkflow(query_type="order"))
COMMANDED = WorkflowActivationJob(do_update=DoUpdate(name="ship"))
TOLD = WorkflowActivationJob(signal_workflow=SignalWorkflow(signal_name="parcel_delivered"))
RANG = WorkflowActivationJob(fire_timer=FireTimer(seq=1))
PAID = WorkflowActivationJob(resolve_activity=ResolveActivity(seq=1, result=ActivityResolution()))
RECORDED = WorkflowActivationJob(resolve_activity=ResolveActivity(seq=1, result=ActivityResolution(), is_local=True))


def activation(task: int, *jobs: WorkflowActivationJob) -> WorkflowActivation:
    """Of the task that started at that second."""
    made = WorkflowActivation(jobs=jobs)
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
