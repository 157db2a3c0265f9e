"""What the code says of its own names: the docstring under a field or a word of a class, in one line."""

import ast
import inspect
from functools import cache
from textwrap import dedent


@cache
def meanings(kind: type) -> dict[str, str]:
    """Name → the docstring under it, of a class and those it inherits from; names without one are left out."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith(("workflows.", "starter.")):
            found |= _told(base)
    return found


def sentence(text: str | None) -> str:
    """A docstring in one line."""
    return " ".join((text or "").split())


def _told(kind: type) -> dict[str, str]:
    (definition,) = ast.parse(dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        name = _name(field)
        if name and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found[name] = sentence(str(below.value.value))
    return found


def _name(field: ast.stmt) -> str | None:
    match field:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return None
