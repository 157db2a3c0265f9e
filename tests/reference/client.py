"""The generated modules of clients/python, in the form that the formatter gives them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.reference import client_methods, client_types

PACKAGE: Final = Path(__file__).parents[2] / "clients/python/countermand_client"


def modules(openapi: str) -> dict[Path, str]:
    """Path → content, by the text of the OpenAPI file."""
    document = json.loads(openapi)
    found = {"types": client_types.types(document)}
    found |= {module: client_methods.methods(document, module) for module in client_methods.MANNERS}
    return {PACKAGE / f"{name}.py": _formatted(PACKAGE / f"{name}.py", text) for name, text in found.items()}


def _formatted(path: Path, text: str) -> str:
    command = (sys.executable, "-m", "ruff", "format", "--quiet", "--stdin-filename", str(path), "-")
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, encoding="utf-8").stdout
