"""The rules of how the code is laid out. Each fails with its reason, so that whoever meets it learns it here."""

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from workflows.messages.base import StoryCommand
from workflows.messages.commands import MESSAGES
from workflows.messages.values import Stage
from workflows.process.step import BESIDE, STAGES

ROOT: Final = Path(__file__).parents[1]
MAX_FUNCTION: Final = 40
"""Lines: what fits on a screen beside its callers."""
MAX_FILE: Final = 300

ROOMS: Final = (
    ("state",),
    ("clock", "refusals"),
    ("early", "floods", "money", "repeats"),
    ("arrivals", "telling"),
    ("dispute",),
    ("story",),
    ("outside", "ownership"),
    ("senders", "too_late"),
    ("samples", "step"),
    ("allowed", "choices", "four_eyes", "resets"),
    ("preview",),
)
"""The rooms of the process by floors, from the ground: a floor knows those below it, and none knows its neighbour."""
FLAT: Final = 16
"""Modules in one room: more are two rooms."""
ONE_WORD: Final = 0.3
"""Of the process's functions. `asked` or `told` alone is said of everything; what a reader looks for has an object."""
FOLDERS: Final = ("workflows", "activities", "starter")
TEXTS: Final = (".py", ".md", ".toml", ".sql", ".yml", ".yaml", ".json", ".svg", ".mmd", ".cfg", ".txt", ".env")
STANDARD: Final = frozenset(
    "abc bisect calendar collections dataclasses datetime decimal difflib enum functools hashlib heapq html itertools "
    "json math operator re string textwrap types typing unicodedata zoneinfo".split()
)
"""Modules of the standard library that neither wait, nor look at the clock, nor touch the world."""


def sources() -> list[Path]:
    """Every module outside the tests."""
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [*found, ROOT / "worker.py"]


def below(folder: str) -> list[Path]:
    return [path for path in sources() if path.is_relative_to(ROOT / folder)]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=named(path))


def imports(path: Path) -> Iterator[str]:
    """The full name of everything that a module imports, also inside its functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)}: import by the full name, so that a reader sees the direction"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_from(path: Path, *packages: str) -> list[str]:
    return [name for name in imports(path) if any(name == p or name.startswith(f"{p}.") for p in packages)]


def test_the_process_imports_messages_and_pydantic_and_nothing_that_waits_or_looks_at_the_world() -> None:
    ours = ("workflows.messages", "workflows.process", "workflows.frozen")
    for path in (*below("workflows/process"), ROOT / "workflows/frozen.py"):
        for name in imports(path):
            top = name.split(".")[0]
            allowed = top in STANDARD or top == "pydantic" or name.startswith(ours)
            assert allowed, (
                f"{named(path)} imports {name}: the process is a pure function, or it could be neither explored nor "
                "replayed; only its messages, pydantic and plain parts of the standard library belong there"
            )


def test_the_messages_import_nothing_of_ours() -> None:
    for path in below("workflows/messages"):
        for name in imports(path):
            top = name.split(".")[0]
            allowed = top in STANDARD or top in ("pydantic", "pydantic_core") or name.startswith("workflows.messages")
            assert allowed, f"{named(path)} imports {name}: messages are the wire, every side imports them, they nobody"


def test_the_activities_know_neither_the_workflow_nor_the_process() -> None:
    for path in below("activities"):
        wrong = imported_from(path, "workflows.order", "workflows.process", "starter")
        assert not wrong, (
            f"{named(path)} imports {wrong}: activities do what they are told; a rule of the process in an activity "
            "would be decided outside the one place that may decide"
        )


def test_the_starter_knows_messages_and_no_process() -> None:
    for path in below("starter"):
        if path.is_relative_to(ROOT / "starter/gateway"):
            continue  # it shows what is recorded, and what was possible by that: see below
        wrong = imported_from(path, "workflows.process")
        assert not wrong, f"{named(path)} imports {wrong}: a client asks the order, it never decides for it"


def test_the_gateway_asks_the_process_and_never_steps() -> None:
    for path in below("starter/gateway"):
        wrong = imported_from(path, "workflows.process.step", "workflows.order")
        assert not wrong, (
            f"{named(path)} imports {wrong}: what is shown may be found by the pure process from what is recorded, but "
            "what happens only the order's own workflow decides"
        )


def test_the_command_line_and_the_gateway_never_import_temporalio() -> None:
    thin = [path for path in below("starter") if path.name == "cli.py" or path.is_relative_to(ROOT / "starter/gateway")]
    for path in thin:
        wrong = imported_from(path, "temporalio")
        assert not wrong, f"{named(path)} imports {wrong}: it stands on OrderClient, the one place that knows Temporal"


def test_workflows_never_import_the_starter_or_the_worker() -> None:
    for path in below("workflows"):
        wrong = imported_from(path, "starter", "worker")
        assert not wrong, f"{named(path)} imports {wrong}: imports point one way, from the edge inward"


def test_only_the_edge_reads_the_environment() -> None:
    for path in sources():
        name = named(path)
        if name in ("worker.py", "starter/settings/environment.py", "starter/settings/nearby.py") or name.startswith(
            "starter/embedded/"
        ):
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bos\.environ\b|\bgetenv\b|import environ\b", text), (
            f"{name} reads the environment: settings are read once, at the edge, and handed in"
        )


def test_the_process_neither_looks_at_the_clock_nor_rolls_dice() -> None:
    forbidden = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.\w+\(|random|secrets|uuid\d?)\b")
    for path in below("workflows/process"):
        found = [match[0] for match in forbidden.finditer(_code(path))]
        assert not found, (
            f"{named(path)} uses {found}: instants come from the shell and ids from a counter, or a replay decides "
            "something else than the run"
        )


def test_a_room_of_the_process_knows_only_the_floors_below_it() -> None:
    floors = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
    for path in below("workflows/process"):
        own = _room(named(path).removesuffix(".py").replace("/", "."))
        known = {_room(name) for name in imported_from(path, "workflows.process")} - {own, None}
        wrong = sorted(room for room in known if room and own and floors[room] >= floors[own])
        assert not wrong, (
            f"{named(path)} imports {wrong}: a floor knows those below it, or nobody finds where a rule begins"
        )


def _room(module: str) -> str | None:
    """`money` of `workflows.process.money.ledger.balanced`."""
    parts = module.split(".")
    return parts[2] if len(parts) > 2 and parts[2] != "__init__" else None


def test_no_modules_of_the_process_import_each_other_by_a_circle() -> None:
    modules = {_module(path): path for path in below("workflows/process")}
    arrows = {module: {_known(name, modules) for name in imports(path)} for module, path in modules.items()}
    while leaves := [module for module, known in arrows.items() if not known & (arrows.keys() - {module})]:
        arrows = {module: known for module, known in arrows.items() if module not in leaves}
    assert not arrows, f"{sorted(arrows)} import each other by a circle: what both need belongs below both"


def _module(path: Path) -> str:
    return named(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _known(name: str, modules: Collection[str]) -> str:
    """The module that an import is about, be it the module's own name or something in it."""
    return name if name in modules else name.rpartition(".")[0]


def test_every_message_stands_in_exactly_one_table() -> None:
    told = {kind for kind in MESSAGES.values() if issubclass(kind, StoryCommand)}
    assert not told & BESIDE.keys(), "what is taken beside the story no stage decides"
    assert told | BESIDE.keys() == set(MESSAGES.values()), "a message that stands in neither table freezes its order"


def test_every_command_of_the_story_is_named_by_a_stage() -> None:
    named_there = {
        case.cls.id
        for folder in ("story", "dispute")
        for path in below(f"workflows/process/{folder}")
        for case in ast.walk(tree(path))
        if isinstance(case, ast.MatchClass) and isinstance(case.cls, ast.Name)
    }
    told = {kind.__name__ for kind in MESSAGES.values() if issubclass(kind, StoryCommand)}
    assert told <= named_there, f"{sorted(told - named_there)}: a command that no stage names is refused for ever"


def test_no_default_arm_of_the_process_acts() -> None:
    """Nor does one that takes every deadline: the next kind of anything would move money there, and nobody notice."""
    for path in below("workflows/process"):
        for case in ast.walk(tree(path)):
            if not isinstance(case, ast.match_case):
                continue
            bare = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
            last = case.body[-1]
            ends = isinstance(last, ast.Raise) or ast.unparse(last).startswith("assert_never(")
            assert ends or not bare, f"{named(path)}:{case.pattern.lineno} acts on whatever comes: name what it is for"
            every = ast.unparse(case.pattern) == "DeadlinePassed()"
            assert not every, f"{named(path)}:{case.pattern.lineno} takes every deadline: name its kind"


def test_a_room_of_the_process_stays_small() -> None:
    for folder in {path.parent for path in below("workflows/process")}:
        modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(modules) <= FLAT, f"{named(folder)} holds {len(modules)} modules: they are two rooms"


def test_a_function_of_the_process_is_found_by_its_name() -> None:
    names = [name.strip("_") for path in below("workflows/process") for name in _functions(ast.walk(tree(path)))]
    one_word = sorted({name for name in names if "_" not in name})
    share = sum("_" not in name for name in names) / len(names)
    assert share <= ONE_WORD, (
        f"{share:.0%} of the functions have names of one word, over {ONE_WORD:.0%}: say of what, or nobody finds it by "
        f"its name; one of {one_word}"
    )


@pytest.mark.parametrize("rooms", ROOMS, ids=", ".join)
def test_no_two_modules_of_a_floor_have_a_function_of_one_name(rooms: tuple[str, ...]) -> None:
    owners: dict[str, set[str]] = {}
    for path in below("workflows/process"):
        if _room(_module(path)) in rooms:
            for name in _functions(tree(path).body):
                owners.setdefault(name, set()).add(named(path))
    shared = {name: sorted(paths) for name, paths in owners.items() if len(paths) > 1 and not name.startswith("_")}
    assert not shared, f"{shared}: a name means one thing, and neighbours that share it are taken for each other"


def _functions(nodes: Iterable[ast.AST]) -> Iterator[str]:
    return (node.name for node in nodes if isinstance(node, ast.FunctionDef))


def test_the_process_awaits_nothing_and_keeps_no_sets() -> None:
    for path in below("workflows/process"):
        for node in ast.walk(tree(path)):
            waits = isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith)
            assert not waits, f"{named(path)}:{getattr(node, 'lineno', '?')} waits: only the shell does"
            iterated = isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.Set | ast.SetComp)
            assert not iterated, f"{named(path)}: a set has no order, and a replay needs one"


@pytest.mark.parametrize("path", sources(), ids=named)
def test_every_module_says_who_lives_there(path: Path) -> None:
    assert ast.get_docstring(tree(path)) or not path.read_text(encoding="utf-8").strip(), (
        f"{named(path)} has no docstring: one sentence that says who lives there, and who does not"
    )


@pytest.mark.parametrize("path", sources(), ids=named)
def test_files_and_functions_stay_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_FILE, f"{named(path)} has {lines} lines, over {MAX_FILE}: it is two chapters"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION, (
                f"{named(path)}: {node.name} has {length} lines, over {MAX_FUNCTION}: give what it arrives at a name"
            )


def test_no_error_is_dropped() -> None:
    for path in sources():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            broad = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
            )
            silent = all(isinstance(line, ast.Pass | ast.Continue) for line in node.body)
            assert not (broad and silent), f"{named(path)}:{node.lineno} drops every error: let it surface, or name it"


def test_every_stage_stands_in_the_table_with_the_function_that_decides_in_it() -> None:
    assert set(STAGES) == set(Stage), "absence is written down: a closed stage has the function that refuses everything"


def test_nothing_names_a_registry_or_a_machine() -> None:
    registry = re.compile(
        "|".join(["py" + r"pi\.org", "python" + r"hosted\.org", "files" + r"\.pythonhosted", "index" + "-url"])
    )
    machine = re.compile("|".join(["/" + r"work/", "/" + r"tmp/", "/" + r"home/\w", "/" + r"root/", "C:" + r"\\"]))
    for path in _texts():
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not registry.search(text), (
            f"{named(path)} names a package registry: where packages come from is the machine's"
        )
        found = [match[0] for match in machine.finditer(text)]
        assert not found, f"{named(path)} names a path of one machine ({found}): it exists on no other"


def _texts() -> Iterator[Path]:
    hidden = (
        ".git",
        ".venv",
        "__pycache__",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
        ".countermand",
        "node_modules",
    )
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT).parts
        skipped = any(part in hidden or part.endswith(".egg-info") or part in ("build", "dist") for part in inside)
        if path.is_file() and path.suffix in TEXTS and not skipped:
            yield path


def _code(path: Path) -> str:
    """The module without its docstrings and comments."""
    parsed = tree(path)
    for node in ast.walk(parsed):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [n for n in body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
            node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(parsed)
