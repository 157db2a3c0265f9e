"""`countermand policies …`: written, shown, listed and compared where one types, and what is wrong is named."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from starter.cli.program import app
from starter.reference.meanings import meanings
from workflows.messages.fields import MAX_ID
from workflows.messages.terms import Terms


class Typed:
    """Runs `countermand policies` in this process, as commands that need Postgres alone can."""

    def __init__(self, database_url: str) -> None:
        self._environment = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": "127.0.0.1:1"}

    async def __call__(self, *words: str, given: Any = None) -> Result:
        text = given if given is None or isinstance(given, str) else json.dumps(given)
        return await asyncio.to_thread(CliRunner().invoke, app, ["policies", *words], input=text, env=self._environment)


@pytest.fixture
def policies(database_url: str) -> Typed:
    return Typed(database_url)


@pytest.fixture
def name(order_id: str) -> str:
    return f"p-{order_id}"


async def test_a_policy_is_set_shown_changed_and_compared(policies: Typed, name: str) -> None:
    first = await policies("set", name, "-", given={"terms": {"respond_within": "PT24H", "disputes": 1}})
    assert (first.exit_code, first.stdout) == (
        0,
        f"Policy {name} starts with version 1. Orders that were started keep what they started with.\n",
    )
    again = await policies("set", name, "-", given={"terms": {"respond_within": "PT24H", "disputes": 1}})
    assert "says that already, as version 1" in again.stdout
    changed = await policies(
        *("set", name, "-", "--as", "seller:s-3", "--based-on", "1"), given={"terms": {"respond_within": "PT48H"}}
    )
    assert "is at version 2" in changed.stdout
    shown = (await policies("show", name)).stdout
    assert f"{name}  version 2" in shown
    assert "seller s-3" in shown
    assert f'  respond_within  "PT48H"  {meanings(Terms)["respond_within"]}' in shown
    assert "platform cli" in (await policies("show", name, "--version", "1")).stdout
    told = (await policies("diff", name, "--from", "1", "--to", "2")).stdout.splitlines()
    assert [line.partition("  ")[0] for line in told] == ["respond_within", "disputes"]
    assert '"PT24H" → "PT48H"' in told[0]
    assert f"1 → not named  {meanings(Terms)['disputes']}" in told[1]
    same = await policies("diff", name, "--from", "2", "--to", "2")
    assert same.stdout == f"Versions 2 and 2 of {name} say the same.\n"


async def test_a_program_reads_the_same_as_json(policies: Typed, name: str) -> None:
    terms = {"respond_within": "PT24H"}
    made = json.loads((await policies("set", name, "-", "--json", given={"terms": terms})).stdout)
    assert made.pop("made") is True
    assert made.keys() == {"name", "version", "terms", "changed_at", "changed_by"}
    assert (made["version"], made["terms"]) == (1, terms)
    assert made["changed_by"] == {"role": "platform", "id": "cli"}
    again = json.loads((await policies("set", name, "-", "--json", given={"terms": terms})).stdout)
    assert again == made | {"made": False}
    assert json.loads((await policies("show", name, "--json")).stdout) == made
    await policies("set", name, "-", given={"terms": {}})
    difference = json.loads((await policies("diff", name, "--from", "1", "--to", "2", "--json")).stdout)
    assert (difference["name"], difference["from"], difference["to"]) == (name, 1, 2)
    means = meanings(Terms)["respond_within"]
    assert difference["changes"] == [{"term": "respond_within", "means": means, "before": "PT24H", "after": None}]


async def test_policies_are_listed_with_the_terms_that_they_name(policies: Typed, name: str) -> None:
    await policies("set", name, "-", given={"terms": {"disputes": 1, "respond_within": "PT24H"}})
    await policies("set", f"{name}.2", "-", given={"terms": {}})
    lines = (await policies("list", "--after", name[:-1])).stdout.splitlines()
    assert lines[0].startswith(f"{name}  version 1")
    assert lines[0].endswith("platform cli  disputes, respond_within")
    assert lines[1].endswith("nothing")
    page = json.loads((await policies("list", "--after", name[:-1], "--limit", "1", "--json")).stdout)
    assert [policy["name"] for policy in page["policies"]] == [name]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"terms": {"respond_in": "PT1H"}}, "terms.respond_in is not a field"),
        ({"terms": {"on_undecided": "as_requestd"}}, 'terms.on_undecided has no such choice; the nearest is "as_req'),
        ({"disputes": 1}, "terms is missing"),
        ("{", "it must be one JSON object"),
    ],
)
async def test_what_cannot_be_a_policy_is_refused_by_its_field(
    policies: Typed, name: str, given: Any, told: str
) -> None:
    ended = await policies("set", name, "-", given=given)
    assert ended.exit_code == 1
    assert ended.stderr.startswith("invalid: The policy is not valid: ")
    assert told in ended.stderr
    assert (await policies("show", name)).exit_code == 1, "and nothing is kept"


async def test_a_change_that_comes_too_late_is_refused_and_one_learns_of_what(policies: Typed, name: str) -> None:
    await policies("set", name, "-", given={"terms": {"disputes": 1}})
    ended = await policies("set", name, "-", "--based-on", "0", given={"terms": {"disputes": 2}})
    assert ended.exit_code == 1
    assert ended.stderr.startswith(f"policy_changed: Policy {name} is at version 1 by now")


async def test_a_name_that_there_is_not_ends_with_the_nearest_one(policies: Typed, name: str) -> None:
    await policies("set", name, "-", given={"terms": {}})
    for words in (("show", f"{name}x"), ("diff", f"{name}x", "--from", "1", "--to", "2")):
        ended = await policies(*words)
        assert ended.exit_code == 1
        assert ended.stderr.startswith(f"not_found: There is no policy {name}x. Did you mean {name}")
    ended = await policies("show", name, "--version", "2")
    assert ended.exit_code == 1
    assert "has no version 2; its newest is 1" in ended.stderr
    ended = await policies("set", "a b", "-", given={"terms": {}})
    assert (ended.exit_code, "name must have 1 to 64 letters" in ended.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("set", "p", "-", "--as", "buyer:b-7"), "platform:ID or seller:ID"),
        (("set", "p", "-", "--as", "seller"), "platform:ID or seller:ID"),
        (("set", "p", "-", "--as", "seler:s-3"), "Did you mean seller?"),
        (("set", "p", "-", "--as", "platform:" + "x" * (MAX_ID + 1)), f"at most {MAX_ID} bytes"),
        (("set", "p", "-", "--based-on", "-1"), "--based-on"),
        (("show", "p", "--version", "0"), "--version"),
        (("diff", "p", "--from", "1"), "--to"),
        (("list", "--limit", "101"), "--limit"),
        (("set", "p", "no-such-file.json"), "no-such-file.json"),
    ],
)
async def test_words_that_cannot_be_meant_end_with_2(policies: Typed, words: tuple[str, ...], told: str) -> None:
    ended = await policies(*words, given={"terms": {}})
    assert ended.exit_code == 2
    assert told in ended.stderr


async def test_the_longest_writer_is_one(policies: Typed, name: str) -> None:
    ended = await policies("set", name, "-", "--as", "platform:" + "x" * MAX_ID, given={"terms": {}})
    assert ended.exit_code == 0
