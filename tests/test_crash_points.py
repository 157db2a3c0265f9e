"""Every side effect has a crash point: what writes, moves money or hands on a fact stands in `around(Deed.…)`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from activities.crashes import Deed
from tests.chaos.test_crash_points import POINTS

ROOT: Final = Path(__file__).parents[1]
WRITES: Final = re.compile(r"\b(INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|TRUNCATE)\b")
MONEY: Final = ("ask",)
"""The call by which a payment provider is asked to do something; looking up is none."""
STATEMENTS: Final = ("execute", "executemany", "fetch", "fetchrow", "fetchval")
BESIDE_A_WORKER: Final = (Deed.REPORT, Deed.MIGRATE)
"""Deeds of other processes, which chaos tests of their own strike."""
GUARDED_ELSEWHERE: Final = {("activities/migrations.py", "_apply_next"): "`migrate` has it around the whole of it"}


def test_every_side_effect_has_a_crash_point() -> None:
    found = list(side_effects())
    assert len(found) >= 5, "the record, the two rows of a call, the call itself, the report"
    bare = [f"{file}:{line} {what}" for file, line, what, guarded in found if not guarded]
    assert bare == [], "put it into `with self._crashes.around(Deed.…)`, and let tests/chaos strike there"


def test_every_crash_point_stands_in_the_code_and_is_struck_by_a_test() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in _sources())
    for deed in Deed:
        assert f"Deed.{deed.name}" in code, f"{deed} is the name of nothing"
    struck = {tuple(point.split(":")[1:]) for point in POINTS}
    assert struck == {(when, deed) for deed in Deed if deed not in BESIDE_A_WORKER for when in ("before", "after")}
    others = (ROOT / "tests/chaos/test_crash_points.py").read_text(encoding="utf-8")
    for deed in BESIDE_A_WORKER:
        assert f"kill:{{when}}:{deed}" in others, f"nobody dies beside {deed}"


def side_effects() -> Iterator[tuple[str, int, str, bool]]:
    """File, line, what it does, and whether it stands in a crash point."""
    for path in _sources():
        name = str(path.relative_to(ROOT))
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.AsyncFunctionDef):
                elsewhere = (name, function.name) in GUARDED_ELSEWHERE
                for call, guarded in _calls(function, guarded=elsewhere):
                    if what := _deed(call):
                        yield name, call.lineno, what, guarded


def _calls(node: ast.AST, *, guarded: bool) -> Iterator[tuple[ast.Call, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.With) and any(_is_crash_point(item.context_expr) for item in child.items):
            yield from _calls(child, guarded=True)
            continue
        if isinstance(child, ast.Await) and isinstance(child.value, ast.Call):
            yield child.value, guarded
        if not isinstance(child, ast.AsyncFunctionDef | ast.FunctionDef):
            yield from _calls(child, guarded=guarded)


def _is_crash_point(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Call) and ast.unparse(expression.func).endswith("crashes.around")


def _deed(call: ast.Call) -> str | None:
    """What a call changes in the world; None when it only looks."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    if name in STATEMENTS and call.args:
        written = ast.unparse(call.args[0])
        query = re.fullmatch(r"query\('([\w/]+)'\)", written)
        text = (ROOT / f"activities/sql/{query[1]}.sql").read_text(encoding="utf-8") if query else written
        return f"runs {written}" if WRITES.search(_without_comments(text)) or "statements" in written else None
    if name in MONEY or name == "report":
        return f"calls {name}"
    return None


def _without_comments(sql: str) -> str:
    return re.sub(r"--.*", "", sql)


def _sources() -> list[Path]:
    return [*sorted((ROOT / "activities").glob("*.py")), *sorted((ROOT / "starter/gateway").glob("*.py"))]
