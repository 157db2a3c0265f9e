"""The README's first command: the demo, as a person runs it."""

from starter.demo.scenarios import SCENARIOS
from tests.acceptance.programs import CommandLine


async def test_the_demo_ends_as_it_should() -> None:
    """Every scenario ends in the stage and with the money that the guide promises, by the provider's own book too."""
    said = await CommandLine({})("demo", "--json")
    assert (said.code, said.err) == (0, "")
    endings = said.json["endings"]
    assert [ending for ending in endings if ending["faults"]] == []
    assert [ending["scenario"] for ending in endings] == [scenario.name for scenario in SCENARIOS]
