"""`python -m tests.client_methods` writes the client's methods anew, from the command table.

They stand in the file, and are not made when it is imported, so that an editor and a type checker know them.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from workflows.messages.base import Command, Message
from workflows.messages.commands import OFFERED

FILE: Final = Path(__file__).parents[1] / "starter/client/commands.py"
REGENERATE: Final = "python -m tests.client_methods"
WIDTH: Final = 120
TABLE: Final = "commands"
"""The module of the table itself, which the client knows by another name."""
_METHODS: Final = re.compile(r"(?:    \w+ = _(?:sends|reports)\([\w.]+\)\n)+\Z")
_MODULES: Final = re.compile(r"^from workflows\.messages import (?!commands as )(?:\([^)]*\)|.*)\n", re.MULTILINE)


def written(text: str, kinds: Iterable[type[Message]] = OFFERED.values()) -> str:
    """The client's file `text` with a method for each of these messages, and for no other."""
    kinds = tuple(kinds)
    modules = sorted({_module(kind) for kind in kinds} - {TABLE})
    methods = "".join(_method(kind) for kind in kinds)
    return _METHODS.sub(methods, _MODULES.sub(_imports(modules), text, count=1), count=1)


def _method(kind: type[Message]) -> str:
    module = _module(kind)
    sends = "_sends" if issubclass(kind, Command) else "_reports"
    return f"    {kind.name} = {sends}({'wire' if module == TABLE else module}.{kind.__name__})\n"


def _module(kind: type[Message]) -> str:
    return kind.__module__.rpartition(".")[2]


def _imports(modules: list[str]) -> str:
    line = f"from workflows.messages import {', '.join(modules)}\n"
    if len(line) <= WIDTH:
        return line
    return "from workflows.messages import (\n" + "".join(f"    {module},\n" for module in modules) + ")\n"


if __name__ == "__main__":
    FILE.write_text(written(FILE.read_text(encoding="utf-8")), encoding="utf-8")
