"""Every side effect has a crash point: what writes, moves money or hands on a fact stands in `around(Deed.…)`."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from activities.crashes import Deed
from tests.chaos.test_crash_points import POINTS

ROOT: Final = Path(__file__).parents[1]
WRITES: Final = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE|CREATE|ALTER|DROP|TRUNCATE)\b", re.IGNORECASE)
STATEMENTS: Final = ("execute", "executemany", "fetch", "fetchmany", "fetchrow", "fetchval")
MONEY: Final = ("refund", "void", "capture", "release")
"""What a payment provider is asked to do; looking up is no deed."""
DOORS: Final = {"_once": "ask", "migrate": "_apply_next"}
"""Functions that do a deed in their crash point for others, and the call by which they do it."""
APART: Final = (Deed.CLAIM, Deed.REPORT, Deed.KEEP, Deed.PLACE, Deed.MIGRATE, Deed.DUE, Deed.LOAD)
"""Deeds of other processes, and of a worker while something else is wrong: chaos tests of their own strike them."""


UPKEEP: Final = {
    "activities/reconciliation/disagreements.py": "one row each, however often found; tests/workflow/test_upkeep.py",
    "activities/due_records.py": "its callers die beside it; tests/chaos/test_crash_points.py",
    "activities/reconciliation/orders.py": "a run is told to write what it lacks; tests/workflow/test_read_model.py",
    "activities/unplaced.py": "who dies gives it again, and it is taken once; tests/chaos/test_crash_points.py",
    "activities/notifications.py": "who dies while sending loses nothing; tests/activities/test_notifications.py",
    "activities/feed.py": "who dies has numbered a batch, or nothing; tests/activities/test_feed_killed.py",
    "activities/reconciliation/money.py": "a worker dies between two pages; tests/workflow/test_upkeep.py",
}
"""Files whose deeds move no money and no order, and repeat themselves until they are done: with the test that kills
them, or says why nothing is lost."""


class SideEffect(NamedTuple):
    """A call that changes the world, and whether it stands in a crash point."""

    where: str
    what: str
    guarded: bool


def test_every_side_effect_has_a_crash_point() -> None:
    found = [deed for path in _sources() for deed in side_effects(path)]
    assert len(found) >= 12, "the record, two rows of a call, the call and its four kinds, the report, the migrations"
    bare = [f"{deed.where} {deed.what}" for deed in found if not deed.guarded and _file(deed) not in UPKEEP]
    assert bare == [], "put it into `with self._crashes.around(Deed.…)`, and let tests/chaos strike there"


def test_upkeep_is_proven_where_it_says() -> None:
    for why in UPKEEP.values():
        assert (ROOT / why.rpartition("; ")[2]).exists(), why


def test_every_crash_point_stands_once_in_the_code() -> None:
    """Twice, and a kill would land at whichever comes first; never, and a chaos test waits for nothing."""
    stands = Counter(deed for path in _sources() for deed in _deeds(ast.parse(path.read_text(encoding="utf-8"))))
    assert stands == dict.fromkeys((f"Deed.{deed.name}" for deed in Deed), 1)


def test_every_crash_point_is_struck_by_a_test() -> None:
    struck = {tuple(point.split(":")[1:]) for point in POINTS}
    assert struck == {(when, deed) for deed in Deed if deed not in APART for when in ("before", "after")}
    others = (ROOT / "tests/chaos/test_crash_points.py").read_text(encoding="utf-8")
    for deed in APART:
        assert f"kill:{{when}}:{deed}" in others, f"nobody dies beside {deed}"


def side_effects(path: Path) -> Iterator[SideEffect]:
    """Each, in the order of the file. A call counts wherever it stands: awaited, in a task, or in a lambda."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call, guarded in _calls(tree, guarded=False):
        if what := _deed(call):
            yield SideEffect(f"{path.relative_to(ROOT)}:{call.lineno}", what, guarded)


def _file(deed: SideEffect) -> str:
    return deed.where.partition(":")[0]


def _calls(node: ast.AST, *, guarded: bool) -> Iterator[tuple[ast.Call, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, guarded
        yield from _calls(child, guarded=guarded or _guards(child))


def _guards(node: ast.AST) -> bool:
    """A crash point, what is handed to a door with its deed, or what a door calls in its own crash point."""
    match node:
        case ast.With():
            return any(_is_crash_point(item.context_expr) for item in node.items)
        case ast.Call(func=ast.Attribute(attr=name), args=[deed, *_]) if name in DOORS:
            # Each lambda must do what the deed says, or a kill beside a refund would land beside a release.
            asked = {_name(call) for given in node.args for call in ast.walk(given) if isinstance(call, ast.Call)}
            return asked & set(MONEY) == {ast.unparse(deed).removeprefix("Deed.").lower()}
        case ast.AsyncFunctionDef():
            return node.name in DOORS.values()
    return False


def _deed(call: ast.Call) -> str | None:
    """What a call changes in the world; None when it only looks."""
    name = _name(call)
    if name in STATEMENTS and call.args:
        return f"runs {ast.unparse(call.args[0])}" if _writes(call.args[0]) else None
    if name in DOORS.values() or name == "report":
        return f"calls {name}"
    if name == "signal":
        return f"signals {ast.unparse(call.args[0])}"
    of_a_provider = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value).endswith("provider")
    return f"asks the provider for a {name}" if name in MONEY and of_a_provider else None


def _writes(statement: ast.expr) -> bool:
    """Whether it is not plain to see that the statement only reads."""
    match statement:
        case ast.Call(func=ast.Name(id="query"), args=[ast.Constant(value=str(name))]):
            text = (ROOT / f"activities/sql/{name}.sql").read_text(encoding="utf-8")
        case ast.Constant(value=str(text)):
            pass
        case _:
            return True
    return bool(WRITES.search(re.sub(r"--.*", "", text)))


def _deeds(tree: ast.AST) -> Iterator[str]:
    """The deeds by name that stand in a crash point or are handed to a door."""
    for call in ast.walk(tree):
        named = isinstance(call, ast.Call) and call.args and ast.unparse(call.args[0]).startswith("Deed.")
        if isinstance(call, ast.Call) and named and (_is_crash_point(call) or _name(call) in DOORS):
            yield ast.unparse(call.args[0])


def _is_crash_point(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Call) and ast.unparse(expression.func).endswith("crashes.around")


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def _sources() -> list[Path]:
    return [*sorted((ROOT / "activities").glob("*.py")), *sorted((ROOT / "starter/gateway").glob("*.py"))]
