"""Writes the reference anew: docs/messages.md, terms.md …, docs/schemas/, docs/openapi.json. A second's work."""

from tests.reference.pages import pages

for path, content in pages().items():
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
