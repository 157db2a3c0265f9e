"""Under which schemes files may lie: https and http, and those that a setting names. Of the others a link runs a
program, carries the file itself, or names a file of whoever clicks on it."""

import re
from collections.abc import Collection, Iterator
from typing import Annotated, Any, Final

from pydantic import AfterValidator, StringConstraints

from workflows.messages.base import Message
from workflows.messages.complaints import Complaint
from workflows.messages.faults import invalid
from workflows.messages.fields import one_line
from workflows.messages.sentences import say, several

MAX_URI: Final = 2_000
"""Characters; what browsers and mail programs agree on."""
ALWAYS: Final = ("https", "http")
NEVER: Final = ("javascript", "vbscript", "data", "blob", "file", "about", "filesystem", "view-source")
"""Schemes that no setting can allow."""

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:.)")
_FILES: Final = ("evidence", "attachments")
"""The fields of messages in which files are listed."""


def scheme_of(uri: str) -> str | None:
    """The scheme in small letters: `https`; None where there is none."""
    found = _SCHEME.match(uri)
    return found[0].lower() if found else None


def named_schemes(written: str) -> tuple[str, ...]:
    """The schemes that a setting names, with commas between them. Raises `ValueError` for one that must not be."""
    schemes = tuple(part.strip().lower() for part in written.split(",") if part.strip())
    for scheme in schemes:
        if scheme_of(f"{scheme}:.") != scheme or scheme in NEVER:
            raise ValueError(f"must be schemes with commas between them, such as s3,gs; {scheme!r} cannot be one")
    return schemes


def schemes_to_name(event: Message) -> Iterator[tuple[str, str]]:
    """The files of a message that lie under schemes which a setting must name: field and scheme."""
    for field in _FILES:
        files: tuple[Any, ...] = getattr(event, field, ())
        for number, file in enumerate(files):
            scheme = scheme_of(file.uri) if file.uri else None
            if scheme and scheme not in ALWAYS:
                yield f"{field}.{number}.uri", scheme


def check_schemes(event: Message, named: Collection[str]) -> None:
    """Refuses files under schemes that are not among the `named` ones."""
    wrong = [(field, scheme) for field, scheme in schemes_to_name(event) if scheme not in named]
    if wrong:
        possible = several((*ALWAYS, *sorted(named)), "or")
        told = [
            say(
                "{field} must begin with {possible}, and not with {scheme}",
                field=field,
                possible=possible,
                scheme=scheme,
            )
            for field, scheme in wrong
        ]
        raise invalid(say('"{message}"', message=event.called()), told, tuple(field for field, _ in wrong))


def _of_a_file(uri: str) -> str:
    scheme = scheme_of(uri)
    if scheme is None:
        raise Complaint(say('must be an address such as "https://files.example/1.jpg"'))
    if scheme in NEVER:
        raise Complaint(
            say("must begin with {possible}, and never with {scheme}", possible=several(ALWAYS, "or"), scheme=scheme)
        )
    if any(character.isspace() for character in uri):
        raise Complaint(say("must not contain spaces or line breaks"))
    return uri


FileUri = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_URI), AfterValidator(one_line), AfterValidator(_of_a_file)
]
"""Where a file lies. Whether a setting names its scheme is asked where the setting is known (`check_schemes`)."""
