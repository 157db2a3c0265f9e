"""For tests of the gateway: cases that schemathesis makes of its OpenAPI file, sent to the app. No test is here."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.checks import CHECKS as ALL_CHECKS
from schemathesis.checks import CheckFunction, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.generation.stateful.state_machine import APIStateMachine, StepInput, StepOutput
from schemathesis.schemas import APIOperation

from tests.starter.ways import ORDER, WAYS
from workflows.messages.commands import OFFERED

CHECKS: Final = frozenset(
    """
    not_a_server_error status_code_conformance content_type_conformance response_headers_conformance
    response_schema_conformance
    """.split()
)
"""What every answer is held against: the document says it all."""
PATIENCE: Final = 30.0
"""Seconds for one answer."""
STEPS: Final = 20
"""Requests about one order and what belongs to it."""
LIKELY: Final = 0.7
"""How often a field says what an honest caller would say here: of made-up words alone no order gets anywhere."""
KEPT: Final = 5
"""Values of one name that are remembered."""
NAMES: Final = frozenset(
    """
    refund_id release_id offer_id dispute_id payment_id chargeback_id tracking line_id sha256 uri currency amount total
    """.split()
)
"""Fields whose values an honest caller takes from an answer or an earlier request."""

PEOPLE: Final = ("platform", "platform", "buyer", "seller")
"""Who asks what is no command: half of it is the platform's."""


@dataclass
class Attacker:
    """Sends cases, and writes down every answer that the document does not foresee."""

    http: httpx.AsyncClient
    loop: asyncio.AbstractEventLoop
    document: Mapping[str, Any]
    callers: Mapping[str, Mapping[str, str]]
    """Role → the headers of somebody of it; `""`: of nobody."""
    number: int
    """The seed."""
    sent: Counter[str] = field(default_factory=Counter)
    """Operation and status → how often."""
    found: dict[str, str] = field(default_factory=dict)
    """What is wrong → the first request that shows it."""

    def __post_init__(self) -> None:
        self._dice = random.Random(self.number)
        self._heard: dict[str, list[Any]] = defaultdict(list)
        config = schemathesis.Config.from_dict({"phases": {"stateful": {"inference": {"algorithms": []}}}})
        self.schema = schemathesis.openapi.from_dict(_closed(self.document), config=config)

    def each_operation(self, cases: int) -> None:
        """So many cases of each operation, one in four of them not as the document wants it."""
        for operation in self._operations():
            for mode, share in ((GenerationMode.POSITIVE, cases - cases // 4), (GenerationMode.NEGATIVE, cases // 4)):

                @seed(self.number)
                @_so_many(share)
                @given(case=operation.as_strategy(generation_mode=mode))
                def sent(case: Case[Any]) -> None:
                    self.check(case, self.answer(case))

                sent()

    def stories(self, count: int) -> None:
        """So many times three ways along the document's links."""
        attacker = self

        class Story(self.schema.as_state_machine()):  # type: ignore[misc]  # made at run time
            def setup(self) -> None:
                attacker.begin(story)
                for made in (attacker.started(), attacker.written()):
                    self.recorder.record_case(case=made.case)
                    self.control.record_step(StepInput.initial(made.case), self.recorder)
                    self._add_results_to_targets(("made",), [made])

            def call(self, case: Case[Any], **_: Any) -> Response:
                return attacker.answer(case)

            def validate_response(self, response: Response, case: Case[Any], *_: Any, **__: Any) -> None:
                attacker.check(case, response)

        for story in range(count):
            machine: type[APIStateMachine] = seed(1_000 * self.number + story)(Story)
            # The first of each run is the shortest there is, whatever the seed.
            with suppress(FlakyStrategyDefinition):
                machine.run(settings=settings(_so_many(3), stateful_step_count=STEPS))

    def begin(self, story: int) -> None:
        """What a story draws depends on nothing that came before it."""
        self._dice.seed(story)
        self._heard.clear()

    def started(self) -> StepOutput:
        """An order, in any of the places to which honest parties bring one."""
        order_id = self._new_name()
        made = self._made("POST /orders", body={"order_id": order_id, **ORDER})
        for role, name, body in self._dice.choice(WAYS):
            path = f"/orders/{order_id}/{name}"
            told = self._asked("POST", path, headers=self.callers[role], json={**body, **_ids(body, order_id)})
            assert told.status_code == 200, told.text
            self._hear(told.json())
        return made

    def written(self) -> StepOutput:
        """A policy."""
        name = self._new_name()
        return self._made("PUT /policies/{name}", path_parameters={"name": name}, body={"terms": {}})

    def _made(self, label: str, **parts: Any) -> StepOutput:
        [operation] = [one for one in self._operations() if one.label == label]
        case = operation.Case(headers=dict(self.callers["platform"]), **parts)
        response = self._answered(case)
        assert response.status_code == 201, response.text
        return StepOutput(response, case)

    def _operations(self) -> Sequence[APIOperation[Any, Any, Any, Any]]:
        return [one.ok() for one in self.schema.get_all_operations() if isinstance(one, Ok)]

    def _new_name(self) -> str:
        return f"G-{self.number}-{self.sent.total()}"

    def answer(self, case: Case[Any]) -> Response:
        """What is answered to it, sent by somebody of whom it could be, and mostly as an honest caller would say it."""
        self._honestly(case)
        case.headers.update(self._caller(case))
        return self._answered(case)

    def _answered(self, case: Case[Any]) -> Response:
        prepared = requests.Request(**case.as_transport_kwargs(base_url="http://gateway")).prepare()
        told = self._asked(
            *(str(prepared.method), str(prepared.url)),
            headers=[(name.encode("latin-1"), _bytes(value)) for name, value in prepared.headers.items()],
            content=prepared.body,
        )
        self.sent[f"{case.operation.label} {told.status_code}"] += 1
        if told.is_success and "json" in told.headers.get("content-type", ""):
            self._hear(told.json())
        headers = {name: told.headers.get_list(name) for name in told.headers}
        return Response(told.status_code, headers, told.content, prepared, 0.0, verify=True)

    def _asked(self, method: str, url: str, **given: Any) -> httpx.Response:
        asked = self.http.request(method, url, **given)
        return asyncio.run_coroutine_threadsafe(asked, self.loop).result(PATIENCE)

    def check(self, case: Case[Any], response: Response) -> None:
        # A busy machine is told as such; how often is for the test to judge.
        wanted = CHECKS - {"not_a_server_error"} if response.status_code == 503 else CHECKS
        try:
            case.validate_response(response, checks=[one for one in _checks() if one.__name__ in wanted])
        except FailureGroup as group:
            for failure in group.exceptions:
                what = f"{case.operation.label} {response.status_code}: {failure.title}"
                self.found.setdefault(what, f"{failure.message}\n{case.as_curl_command()}\n{response.text[:2000]}")

    @property
    def away(self) -> int:
        """How often something was away."""
        return sum(times for what, times in self.sent.items() if what.endswith(" 503"))

    def report(self) -> str:
        """All that is wrong, each with a request that shows it."""
        return "\n\n".join(f"{what}\n{shown}" for what, shown in self.found.items())

    def _caller(self, case: Case[Any]) -> Mapping[str, str]:
        if self._dice.random() > 0.9:
            return self._dice.choice(list(self.callers.values()))
        kind = OFFERED.get(case.operation.path.rpartition("/")[2])
        roles = [str(role) for role in kind.roles if str(role) in self.callers] if kind else PEOPLE
        return self.callers[self._dice.choice(roles or PEOPLE)]

    def _honestly(self, case: Case[Any]) -> None:
        """Most of it as an honest caller would say it."""
        for name in ("Countermand-Version", "Countermand-Acting-For", "If-Match", "If-None-Match"):
            if self._dice.random() < LIKELY:
                case.headers.pop(name, None)
        case.query.pop("min_version", None)  # it would be waited for
        if (case.operation.method, case.operation.path) == ("post", "/orders"):
            self._start(case)
        elif "order_id" in case.path_parameters and self._heard["order_id"] and self._dice.random() < LIKELY:
            case.path_parameters["order_id"] = self._heard["order_id"][-1]
        if isinstance(case.body, dict | list) and self._heard:
            case.body = self._told(case.body)

    def _start(self, case: Case[Any]) -> None:
        if not isinstance(case.body, dict) or self._dice.random() > LIKELY:
            return
        case.body["order_id"] = self._new_name()
        case.body |= {"buyer_id": "b-7", "seller_id": "s-3", "currency": "USD", "locale": "en"}
        case.body.pop("terms", None)
        case.body.pop("policy", None)

    def _told(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._told(one) for one in value]
        if not isinstance(value, dict):
            return value
        said = {}
        for name, one in value.items():
            known = self._heard["total" if name == "amount" else name] if name in NAMES else []
            said[name] = self._dice.choice(known) if known and self._dice.random() < LIKELY else self._told(one)
            if name in NAMES and isinstance(one, str):
                self._keep(name, one)
        return said

    def _hear(self, value: Any) -> None:
        if isinstance(value, list):
            for one in value[:KEPT]:
                self._hear(one)
        if isinstance(value, dict):
            for name, one in value.items():
                if name in NAMES | {"order_id"} and one:
                    self._keep(name, one)
                self._hear(one)

    def _keep(self, name: str, value: Any) -> None:
        if value not in self._heard[name]:
            self._heard[name] = [*self._heard[name], value][-KEPT:]


def _ids(body: Mapping[str, Any], order_id: str) -> dict[str, str]:
    """The ids that are this order's own."""
    return {name: f"{name[0]}-{order_id}" for name in ("payment_id", "tracking") if name in body}


def _closed(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document, with nothing in any answer but what it names: a reader ignores the rest, and we tell of it."""
    parts = {name: one for name, one in document["components"].items() if name != "schemas"}
    schemas = _close(document["components"]["schemas"])
    paths = {
        path: {
            method: {**one, "responses": {status: _close(told) for status, told in one["responses"].items()}}
            for method, one in methods.items()
        }
        for path, methods in document["paths"].items()
    }
    return {**document, "paths": paths, "components": {**parts, "schemas": schemas}}


def _close(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_close(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    within = {name: one if name in ("allOf", "links") else _close(one) for name, one in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        return {"additionalProperties": False, **within}
    return within


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")


def _so_many(examples: int) -> settings:
    return settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def _checks() -> Sequence[CheckFunction]:
    load_all_checks()
    return [one for one in ALL_CHECKS.get_all() if not isinstance(one, type) and one.__name__ in CHECKS]
