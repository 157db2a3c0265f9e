"""Every SQL text of the engine, one statement per file, found by name. No code lives here but the finding."""

from functools import cache
from importlib.resources import files


@cache
def query(name: str) -> str:
    """The statement in `{name}.sql`, such as `query("records/record")`."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
