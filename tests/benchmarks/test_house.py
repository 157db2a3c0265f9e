"""What the figures of the house count, on a small one built for it."""

from pathlib import Path

from benchmarks.house import PROCESS, arrows, cloned, figures, in_circles, modules

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
