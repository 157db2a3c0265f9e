"""Every text that a catalogue must have: from the code, from the vocabularies, and the words around a mail."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import workflows.messages
from activities.channels.texts import IN_MAILS
from activities.languages import BUSINESS_DAYS, CATALOGUES, LOCAL_TIME
from workflows.messages import reconciling, stuck
from workflows.messages.commands import MESSAGES
from workflows.messages.notices import NoticeKind
from workflows.messages.refusal import Code
from workflows.messages.sentences import Label, label_of
from workflows.process.refusals import action

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("workflows", "activities", "starter")
SAYING: Final = {"say": None, "say_many": (1, 2)}
"""The functions that are handed a text, and which of their arguments are texts."""
NOT_SAID: Final = (NoticeKind, Code, reconciling.Part, reconciling.Kind, stuck.Cause)
"""Vocabularies whose words stand in no sentence: they are for programs, or for who runs the engine."""

Text = str | tuple[str, str]
"""A text, or that of one and that of many."""


def texts() -> set[tuple[Text, str | None]]:
    """Every text with the context by which it is told from the same words elsewhere."""
    said = {(text, None) for text in _in_the_code()}
    labels = {(label.text, label.of) for label in labels_of_vocabularies()}
    subjects = {(kind.subject, "Subject") for kind in NoticeKind}
    mails = {(text, "Mail") for text in IN_MAILS}
    return {*said, *labels, *subjects, *mails, (BUSINESS_DAYS, None), (LOCAL_TIME, None)}


def _in_the_code() -> Iterator[Text]:
    for folder in FOLDERS:
        for _, _, text, _, _ in extract_from_dir(ROOT / folder, [("**.py", "python")], keywords=SAYING):
            # One that is nothing but places has nothing to translate.
            if any(part.strip(" (),.:;") for part in re.split(r"\{\w+\}", text if isinstance(text, str) else text[0])):
                yield text if isinstance(text, str) else (text[0], text[1])


def labels_of_vocabularies() -> Iterator[Label]:
    """The words of every vocabulary, and what people call each message."""
    yield from (label_of(word) for kind in _vocabularies() if kind not in NOT_SAID for word in kind)
    yield from map(action, MESSAGES)
    yield from _labels_in_the_code()


def _labels_in_the_code() -> Iterator[Label]:
    """Those that are written where they are used."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(
                        func=ast.Name(id="Label"), args=[ast.Constant(value=str(text)), ast.Constant(value=str(of))]
                    ):
                        yield Label(text, of)


def words_of_vocabularies() -> Iterator[str]:
    """As programs write them, where that is not how people do: `out_of_stock`."""
    yield from (word.value for kind in _vocabularies() for word in kind if "_" in word.value)


def _vocabularies() -> Iterator[type[StrEnum]]:
    for found in pkgutil.iter_modules(workflows.messages.__path__, "workflows.messages."):
        for _, kind in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
            if issubclass(kind, StrEnum) and kind is not StrEnum:
                yield kind


def kept(code: str) -> Catalog:
    """The catalogue as it stands beside the code."""
    with _path(code).open("rb") as file:
        return read_po(file, locale=code)


def in_step(code: str) -> Catalog:
    """The catalogue with every text and no other; what is new in it has no translation yet."""
    old, new = kept(code) if _path(code).exists() else Catalog(locale=code), Catalog(locale=code)
    for text, context in sorted(texts(), key=_order):
        known = old.get(text if isinstance(text, str) else text[0], context)
        new.add(text, known.string if known else None, context=context)
    return new


def write() -> None:
    """Bring every catalogue in step."""
    for code in CATALOGUES:
        # Opened first, the catalogue would be empty by the time it is read.
        catalogue = in_step(code)
        with _path(code).open("wb") as file:
            write_po(file, catalogue, width=110, omit_header=True)


def _order(text: tuple[Text, str | None]) -> tuple[str, str]:
    said, context = text
    return context or "", said if isinstance(said, str) else said[0]


def _path(code: str) -> Path:
    return ROOT / "activities" / "languages" / f"{code}.po"
