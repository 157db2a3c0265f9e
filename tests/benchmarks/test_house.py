"""What the figures of the house count, on a small one built for it."""

import sys
from pathlib import Path

from benchmarks.house import MESSAGES, PROCESS, arrows, cloned, figures, in_circles, modules, naming, passages
from benchmarks.passages import Passages, Trace, entered, means, room

SENT = """
def {name}(order):
    \"\"\"Sent.\"\"\"
    found = []
    for one in order.parts:
        if one.waits:
            found.append(one)
    order = order.after(found)
    return order
"""


def built(root: Path, **texts: str) -> Path:
    """A process of these modules; `_` in a name stands for a folder."""
    for name, text in texts.items():
        path = root / PROCESS / f"{name.replace('_', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_circles_are_counted_by_the_modules_in_them(tmp_path: Path) -> None:
    root = built(
        tmp_path,
        story_a="from workflows.process.story import b",
        story_b="from workflows.process.story.c import told",
        story_c="from workflows.process.story.a import x",
        step="from workflows.process.story import a",
    )
    drawn = arrows(modules(root))
    assert drawn["step"] == {"story.a"}
    assert in_circles(drawn) == 3


def test_a_clone_counts_on_both_sides_and_only_between_modules_of_money(tmp_path: Path) -> None:
    root = built(
        tmp_path,
        money_refunds=SENT.format(name="sent") + SENT.format(name="again"),
        money_releases=SENT.format(name="given").replace("order", "deal"),
        money_captures="def short(order):\n    return order\n",
        story_offers=SENT.format(name="made"),
    )
    assert cloned(modules(root)) == 3 * 6


def test_names_of_one_word_are_told_with_those_that_modules_share(tmp_path: Path) -> None:
    step = "def told():\n    pass\n\ndef _told_twice():\n    pass\n"
    told = figures(built(tmp_path, step=step, story_a="def told():\n    pass\n"))
    assert told["one-word function names"] == "67% of 3"
    assert told["one-word names that modules share"] == "1"


def test_a_trace_has_the_modules_whose_functions_an_event_calls_on_its_way_through_step(tmp_path: Path) -> None:
    """Not what is called outside of it, twice where control comes back, and once where a loop calls on and on."""
    known: dict[str, object] = {}
    for name, text in {
        "money/ledger.py": "def moved():\n    pass",
        "story/offers.py": "def made():\n    moved()\n    all(moved() for _ in range(3))",
        "step.py": "def step():\n    moved()\n    made()",
    }.items():
        exec(compile(text, str(tmp_path / PROCESS / name), "exec"), known)
    exec("def called():\n    moved()\n    step()\n    moved()\n    step()", known)
    traces: list[Trace] = []
    sys.setprofile(Passages(tmp_path, traces))
    try:
        known["called"]()  # type: ignore[operator]
    finally:
        sys.setprofile(None)
    assert traces == [["step.py", "money/ledger.py", "story/offers.py", "money/ledger.py"]] * 2


def test_coming_back_is_counted_by_module_and_by_room() -> None:
    trace = ["step.py", "money/ledger.py", "money/refunds.py", "money/ledger.py", "step.py", "money/refunds.py"]
    assert entered(trace) == (6, 3)
    assert entered(trace, room) == (4, 2)
    assert means([trace, ["step.py"]]) == {"rooms": 2.5, "rooms_back": 1, "modules": 3.5, "modules_back": 1.5}


def test_the_golden_stories_are_measured() -> None:
    """In a process of its own, as of any other checkout."""
    told = passages(Path(__file__).parents[2])
    assert len(told) == 2
    assert all(0 < float(back) < float(passed) for passed, back in (figure.split(", ") for figure in told.values()))


def test_a_command_is_named_by_its_class_or_by_its_name_on_the_wire(tmp_path: Path) -> None:
    built(
        tmp_path, story_a="from x import AddNote", story_b='GIVES = ("add_note", "ship")', step="# to ship is no Ship"
    )
    (tmp_path / MESSAGES).mkdir()
    base = "class Command:\n    pass\n\nclass StoryCommand(Command):\n    pass\n"
    (tmp_path / MESSAGES / "base.py").write_text(base)
    (tmp_path / MESSAGES / "some.py").write_text(
        "class AddNote(Command):\n    pass\n\nclass Ship(StoryCommand):\n    pass\n"
    )
    assert naming(tmp_path) == {"AddNote": 3, "Ship": 3}
