"""A file on this machine as evidence or attachment: hashed, typed and measured here, and named by where it lies.

The order keeps a file's hash and its address, never the file: whoever sends it has put it where both sides can fetch
it, or it is uploaded (`uploads.py`).
"""

import mimetypes
import re
from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from starter.cli.wrong_usage import WrongUsage
from workflows.messages.attachments import MAX_ATTACHMENT_BYTES
from workflows.messages.evidence import EvidenceKind

FILE_FIELDS: Final = ("evidence", "attachments")
"""The fields that take files; each may be given several times, once for each of them."""
MORE: Final = ("at", "kind", "type", "caption")
"""What may follow the file's name, as `,at=ADDRESS`."""
NOWHERE: Final = "https://nowhere.invalid/"
"""Where a file lies that lies nowhere yet; no such address is ever sent."""
UNKNOWN_TYPE: Final = "application/octet-stream"
_MORE: Final = re.compile(rf",({'|'.join(MORE)})=")
"""Commas may stand in names, addresses and captions, so only these words divide."""
_KINDS: Final = {"image": EvidenceKind.PHOTO, "video": EvidenceKind.VIDEO}


class Unplaced(dict[str, Any]):
    """An item whose file lies nowhere yet: shaped as it would be if it were kept as it is, to be judged before."""

    def __init__(self, item: Mapping[str, Any], word: str, file: Path, *, kind_is_said: bool) -> None:
        super().__init__(item)
        self.word = word
        """By which it was named."""
        self.file = file
        self.kind_is_said = kind_is_said


def read_file_item(word: str, field: str, value: str) -> dict[str, Any] | None:
    """`@FILE,at=ADDRESS` as one item of `field`; without the address an `Unplaced` one. None, where the file holds the
    items as JSON. Raises `WrongUsage` where there is no such file, or it is too large.
    """
    name, *rest = _MORE.split(value.removeprefix("@"))
    said = dict(zip(rest[::2], rest[1::2], strict=True))
    file = Path(name)
    media_type = said.get("type") or mimetypes.guess_type(file.name)[0] or UNKNOWN_TYPE
    if not said and media_type == "application/json":
        return None
    size = _size(word, file)
    if field == "evidence" and media_type == "text/plain" and "at" not in said:
        return _without_none(kind=EvidenceKind.TEXT, text=_words(word, file), caption=said.get("caption"))
    with file.open("rb") as opened:
        sha256 = file_digest(opened, "sha256").hexdigest()
    at = said.get("at", f"{NOWHERE}{sha256}")
    shape = {"uri": at, "sha256": sha256, "media_type": media_type, "size": size}
    kind = said.get("kind") or _kind(media_type) if field == "evidence" else None
    item = _without_none(kind=kind, **shape, caption=said.get("caption"))
    return item if "at" in said else Unplaced(item, word, file, kind_is_said="kind" in said)


def placed(item: Unplaced, at: Mapping[str, Any]) -> dict[str, Any]:
    """The item, now that its file lies somewhere, as it lies there: what is kept need not be what came."""
    kept = {name: at[name] for name in ("uri", "sha256", "media_type", "size")}
    kind = {"kind": _kind(kept["media_type"])} if "kind" in item and not item.kind_is_said else {}
    return {**item, **kept, **kind}


def _kind(media_type: str) -> EvidenceKind:
    return _KINDS.get(media_type.partition("/")[0], EvidenceKind.DOCUMENT)


def _size(word: str, file: Path) -> int:
    try:
        size = file.stat().st_size
    except OSError as error:
        raise WrongUsage(f"{word!r}: {file} cannot be read: {error.strerror}.") from None
    if not file.is_file() or not 0 < size <= MAX_ATTACHMENT_BYTES:
        most = MAX_ATTACHMENT_BYTES // 1024**2
        raise WrongUsage(f"{word!r}: {file} must be a file of at least 1 byte and at most {most} MB.")
    return size


def _words(word: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{word!r}: {file} cannot be read as text: {error}.") from None


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
