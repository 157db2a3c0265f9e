"""The generated pages of the reference, with their content as it should be."""

from pathlib import Path
from typing import Final

from tests.reference import client, errors, messages, notices, openapi, read_model, schemas, terms

DOCS: Final = Path(__file__).parents[2] / "docs"
REWRITE: Final = "python -m tests.reference"
TOLD: Final = (messages, terms, errors, read_model, notices)
GENERATED: Final = f"<!-- Generated: change nothing here, run `{REWRITE}`. -->"


def pages() -> dict[Path, str]:
    """Path → content."""
    told = {module.__name__.rpartition(".")[2]: module.page(GENERATED) for module in TOLD}
    found = {DOCS / f"{name}.md": text.rstrip("\n") + "\n" for name, text in told.items()}
    found[DOCS / "openapi.json"] = text = openapi.text()
    found |= client.modules(text)
    return found | {DOCS / "schemas" / name: text for name, text in schemas.files().items()}
