"""`python -m benchmarks.house`: how the room looks in which the process lives, in figures.

What must never be worse stands in `tests/test_architecture.py`; by these figures one sees it getting better.
`--root` measures another checkout, such as a `git worktree` of an older commit.
"""

import argparse
import ast
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from statistics import median, quantiles
from typing import Final

PROCESS: Final = Path("workflows/process")
PASSAGES: Final = Path(__file__).with_name("passages.py")
MONEY: Final = ("transfers", "refunds", "releases", "captures")
"""The lifecycle of money, and those that must not write it again."""
MESSAGES: Final = Path("workflows/messages")
COMMANDS: Final = frozenset({"Command", "StoryCommand"})
"""What a class is made of that is a command."""
NAMING: Final = ("workflows", "activities", "starter")
"""Where a command may be named outside the tests, the benchmarks and the documents."""
ALIKE: Final = 0.8
"""Of two functions' normalised syntax: from here on one was made from the other."""
SHORTEST_CLONE: Final = 6
"""Lines: shorter functions are alike by nature."""


@dataclass(frozen=True)
class Module:
    """One module of the process."""

    name: str
    text: str
    tree: ast.Module

    @property
    def functions(self) -> Iterator[ast.FunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef))


def modules(root: Path) -> dict[str, Module]:
    """Every module of the process by its name below it, `money.ledger`."""
    folder = root / PROCESS
    found = {}
    for path in sorted(folder.rglob("*.py")):
        if path.name != "__init__.py":
            name, text = ".".join(path.relative_to(folder).with_suffix("").parts), path.read_text(encoding="utf-8")
            found[name] = Module(name, text, ast.parse(text))
    return found


def arrows(found: Mapping[str, Module]) -> dict[str, set[str]]:
    """Which modules each imports."""
    package = ".".join(PROCESS.parts)
    drawn: dict[str, set[str]] = {}
    for module in found.values():
        nodes = [node for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom) and node.module]
        full = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
        full |= {str(node.module) for node in nodes}
        drawn[module.name] = {name.removeprefix(f"{package}.") for name in full} & found.keys()
    return drawn


def in_circles(drawn: Mapping[str, set[str]]) -> int:
    """Modules that reach themselves by their imports."""
    return sum(name in _reached(name, drawn) for name in drawn)


def _reached(start: str, drawn: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [*drawn[start]]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += drawn[name]
    return reached


def cloned(found: Mapping[str, Module]) -> int:
    """Lines of functions of the money modules that have a like one in another of them."""
    theirs = [
        (name, function)
        for name, module in found.items()
        if name.rpartition(".")[2] in MONEY
        for function in module.functions
        if _lines(function) >= SHORTEST_CLONE
    ]
    alike: dict[int, int] = {}
    for (where, one), (elsewhere, other) in combinations(theirs, 2):
        if where != elsewhere and SequenceMatcher(None, _shape(one), _shape(other), autojunk=False).ratio() >= ALIKE:
            alike |= {id(one): _lines(one), id(other): _lines(other)}
    return sum(alike.values())


def _shape(function: ast.FunctionDef) -> list[str]:
    """The kinds of its nodes, without names and texts."""
    return [type(node).__name__ for statement in _body(function) for node in ast.walk(statement)]


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) else function.body


def _lines(function: ast.FunctionDef) -> int:
    body = _body(function)
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def naming(root: Path) -> dict[str, int]:
    """Of every command by its class, how many modules name it: what to look at before it is changed or taken away."""
    texts = [path.read_text(encoding="utf-8") for folder in NAMING for path in (root / folder).rglob("*.py")]
    classes = [
        node.name
        for path in (root / MESSAGES).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and {ast.unparse(base) for base in node.bases} & COMMANDS
    ]
    named = {name: re.compile(rf'\b{name}\b|"{_on_the_wire(name)}"') for name in classes if name not in COMMANDS}
    return {name: sum(bool(pattern.search(text)) for text in texts) for name, pattern in named.items()}


def _on_the_wire(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def figures(root: Path) -> dict[str, str]:
    """What is measured, by name."""
    found = modules(root)
    drawn = arrows(found)
    flat = Counter(name.rpartition(".")[0] or "process" for name in found)
    names = [(module.name, f.name.strip("_")) for module in found.values() for f in module.functions]
    words = {name: {module for module, other in names if other == name} for _, name in names if "_" not in name}
    one_word = sum("_" not in name for _, name in names)
    bodies = sorted(_lines(function) for module in found.values() for function in module.functions)
    naming_one = sorted(naming(root).values()) or [0]
    comments = sum(line.strip().startswith("#") for module in found.values() for line in module.text.splitlines())
    return {
        "modules, rooms": f"{len(found)}, {len(flat)}",
        "modules flat in one folder, at most": f"{max(flat.values())}",
        "modules in circles": f"{in_circles(drawn)}",
        "arrows": f"{sum(map(len, drawn.values()))}",
        "fan-out of step": f"{len(drawn['step'])}",
        "one-word function names": f"{one_word / len(names):.0%} of {len(names)}",
        "one-word names that modules share": f"{sum(len(where) > 1 for where in words.values())}",
        "cloned lines in money": f"{cloned(found)}",
        "comment lines": f"{comments}",
        "modules that name a command: median, most": f"{median(naming_one):g}, {naming_one[-1]}",
        "body: median, p90, longest": f"{median(bodies):g}, {quantiles(bodies, n=10)[-1]:.0f}, {bodies[-1]}",
    }


def passages(root: Path) -> dict[str, str]:
    """The ways of the golden stories through the process, taken by the code of `root`: it stands first on the path."""
    told = subprocess.run(
        [sys.executable, "-P", str(PASSAGES), str(root)],
        env={**os.environ, "PYTHONPATH": str(root.resolve())},
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(told.stdout)
    return {
        f"{name} that an event passes, comes back to": f"{found[name]:.1f}, {found[f'{name}_back']:.1f}"
        for name in ("rooms", "modules")
    }


def main() -> None:
    """Prints one line per figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.house", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1], help="another checkout")
    root = parser.parse_args().root
    for name, figure in (figures(root) | passages(root)).items():
        sys.stdout.write(f"{name}: {figure}\n")


if __name__ == "__main__":
    main()
