"""How a worker runs orders, and replays them: in the SDK's sandbox without what it does for nobody here, or without it.

What runs in it does not live here. Either way the run is told where an operator has reset it (R38).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from temporalio import workflow
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.plugin import SimplePlugin
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.catalogue import Catalogue
from workflows.run.currencies import CURRENCY_STEPS
from workflows.run.files import FILE_SCHEMES
from workflows.run.resetting import RESET_POINT

PASSED_THROUGH: Final = (
    "workflows.messages",
    "workflows.process",
    "workflows.run.currencies",
    "workflows.run.files",
    "workflows.run.resetting",
    "pydantic",
    "pydantic_core",
    "annotated_types",
)
"""What the sandbox shares with us: of a message class that is imported twice, `case Ship():` fits only one."""


OF_HISTORY: Final = (
    "initialize_workflow",
    "signal_workflow",
    "fire_timer",
    "resolve_activity",
    "cancel_workflow",
    "update_random_seed",
)
"""Jobs that stand in history as events of their own."""
ALONE: Final = "legacy_query"
"""The id that the SDK gives to a query that comes without a workflow task."""


class Forgetting:
    """Lets a worker forget a run, which is replayed when it is needed again."""

    worker: Worker | None = None
    """Whose runs these are. A replay has none, and nobody asks it anything."""
    file_schemes: tuple[str, ...] = ()
    """What the setting names. A replay finds in history what it named then."""
    currency_steps: Mapping[str, int] = MappingProxyType({})
    """Currencies of which the provider moves only multiples of so many minor units. A replay needs none either."""

    @property
    def extern(self) -> Mapping[str, Callable[..., Any]]:
        """What every run may ask of us."""
        return {FILE_SCHEMES: lambda: self.file_schemes, CURRENCY_STEPS: lambda: self.currency_steps}

    def forget(self, run_id: str) -> None:
        if self.worker:
            # Not the SDK's public face, but what its core does by itself when its cache is full.
            self.worker._bridge_worker.request_workflow_eviction(run_id)  # noqa: SLF001


class OrderSandbox(Forgetting, SandboxedWorkflowRunner):
    """The SDK's sandbox for a data converter that asks for no context.

    The SDK enters the sandbox anew for every payload of every task, up to six times, to ask in which context it should
    be converted: half of what the sandbox costs. Ours is plain JSON, the same in every context. A codec that needs
    its context, or storage of payloads elsewhere, needs the SDK's own runner again.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _Watched(det, super().create_instance, self.forget, self.extern)


class OrderRunner(Forgetting, UnsandboxedWorkflowRunner):
    """The same without a sandbox."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _Watched(det, super().create_instance, self.forget, self.extern)


class Tasks:
    """Knows by its instant which workflow task an activation belongs to."""

    def __init__(self) -> None:
        self._started_at: int | None = None
        self._lived = set[int]()
        self._sure = False

    def comes_before(self, act: WorkflowActivation) -> bool:
        """Whether events of history are in it, and no workflow task has started since the last ones."""
        before, self._started_at = self._started_at, act.timestamp.ToNanoseconds()
        return before == self._started_at and _brings_events(act)

    def may_be_ahead(self, act: WorkflowActivation) -> bool:
        """Whether a query comes, and what the run has lived through may all be what that query has brought along.

        That is one task at most, the last of the history that came with it, and none that brought an update.
        """
        if not act.is_replaying:
            self._sure |= any(job.HasField("do_update") for job in act.jobs)
            if _brings_events(act):
                self._lived.add(act.timestamp.ToNanoseconds())
        alone = any(job.query_workflow.query_id == ALONE for job in act.jobs)
        return alone and not self._sure and len(self._lived) == 1


def _brings_events(act: WorkflowActivation) -> bool:
    """An update comes with a task only; a local activity's answer, with the task that scheduled it."""
    return any(job.WhichOneof("variant") in OF_HISTORY and not job.resolve_activity.is_local for job in act.jobs)


class _Watched(WorkflowInstance):
    """Sees each activation before the workflow does.

    Of a reset the SDK tells the workflow last, when the messages of that activation were handled and acted upon; in the
    jobs it can be seen before, live and on replay alike: where history says "reset" there is a new random seed.

    And a query that had to wait for a busy worker can bring events along whose workflow task has not started. The SDK
    hands them out at once, then the rest of that task by itself; on replay all of it at once, messages first. What was
    decided in between no replay decides. So such a query fails: that forgets the run, and its task begins it anew.
    Where the task has started, in a worker that died of it, nothing tells those events from a task's own. Then the
    query is answered, and the run forgotten before anything else can reach it.
    """

    def __init__(
        self,
        det: WorkflowInstanceDetails,
        create: Callable[[WorkflowInstanceDetails], WorkflowInstance],
        forget: Callable[[str], None],
        extern: Mapping[str, Callable[..., Any]],
    ) -> None:
        self._forget = forget
        self._resets = 0
        self._at_reset = False
        self._tasks = Tasks()
        own = {RESET_POINT: lambda: self._resets if self._at_reset else 0}
        self._instance = create(replace(det, extern_functions={**det.extern_functions, **extern, **own}))

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        if self._tasks.comes_before(act):
            return _ask_again()
        if self._tasks.may_be_ahead(act):
            self._forget(act.run_id)
        # Before the workflow sees the jobs: its handlers ask, and would act on what comes with a reset.
        self._at_reset = any(job.HasField("update_random_seed") for job in act.jobs)
        self._resets += self._at_reset
        return self._instance.activate(act)

    def get_serialization_context(self, command_info: object) -> SerializationContext | None:
        del command_info
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        del command_info
        return StorageDriverStoreContext(target=None)

    def get_info(self) -> workflow.Info:
        return self._instance.get_info()

    def get_thread_id(self) -> int | None:
        return self._instance.get_thread_id()


def _ask_again() -> WorkflowActivationCompletion:
    """How a query fails that came before its time."""
    completion = WorkflowActivationCompletion()
    failure = completion.failed.failure
    failure.message = "The order is about to go on; ask again."
    failure.application_failure_info.type = "not_loaded"
    return completion


def order_sandbox() -> OrderSandbox:
    """The sandbox with everything passed through that it must share with us."""
    return OrderSandbox(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))


class Orders(SimplePlugin):
    """A worker with it runs orders as they are to be run."""

    def __init__(
        self,
        *,
        sandboxed: bool,
        file_schemes: tuple[str, ...] = (),
        currency_steps: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._runner = order_sandbox() if sandboxed else OrderRunner()
        self._runner.file_schemes, self._runner.currency_steps = file_schemes, currency_steps
        super().__init__("countermand.Orders", workflow_runner=self._runner, interceptors=[Catalogue()])

    async def run_worker(self, worker: Worker, next: Callable[[Worker], Awaitable[None]]) -> None:  # noqa: A002
        self._runner.worker = worker
        await super().run_worker(worker, next)
