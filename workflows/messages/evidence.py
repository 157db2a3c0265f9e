"""Evidence: files by reference, and words. What a dispute's reason demands of it is the process's business."""

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from workflows.messages.attachments import MAX_ATTACHMENT_BYTES
from workflows.messages.file_schemes import FileUri
from workflows.messages.values import FieldsError, Text, Wire

MAX_EVIDENCE: Final = 20
"""Items per side and round: an appeal is a round of its own (R41)."""


class EvidenceKind(StrEnum):
    """What an item of evidence is."""

    PHOTO = "photo"
    VIDEO = "video"
    SCREENSHOT = "screenshot"
    DOCUMENT = "document"
    TRACKING = "tracking"
    DELIVERY_PROOF = "delivery_proof"
    MESSAGE = "message"
    TEXT = "text"


MEDIA: Final = {EvidenceKind.PHOTO: "image/", EvidenceKind.SCREENSHOT: "image/", EvidenceKind.VIDEO: "video/"}
"""How the media type of a kind begins; the other kinds take any."""


class Evidence(Wire):
    """One item: where the file is, and the hash by which it is known; or, as `text`, the words themselves."""

    kind: Annotated[EvidenceKind, Field(strict=False)]
    uri: FileUri | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    media_type: Annotated[str, StringConstraints(pattern=r"^[a-z]+/[A-Za-z0-9.+-]{1,100}$")] | None = None
    size: Annotated[int, Field(ge=1, le=MAX_ATTACHMENT_BYTES)] | None = None
    text: Text | None = None
    caption: Text | None = None

    @model_validator(mode="after")
    def _is_a_file_or_a_text(self) -> Self:
        of_file = {name: getattr(self, name) for name in ("uri", "sha256", "media_type", "size")}
        given = tuple(name for name, value in of_file.items() if value is not None)
        if self.kind is EvidenceKind.TEXT:
            if given or self.text is None:
                raise FieldsError(given or ("text",), "evidence of kind text carries its text, and no file")
            return self
        missing = tuple(name for name, value in of_file.items() if value is None)
        if missing:
            raise FieldsError(missing, f"a {self.kind} needs uri, sha256, media_type and size")
        if self.text is not None:
            raise FieldsError(("text",), f"a {self.kind} has a caption; only evidence of kind text carries a text")
        begins = MEDIA.get(self.kind, "")
        if self.media_type is not None and not self.media_type.startswith(begins):
            raise FieldsError(("media_type",), f"a {self.kind} has a media type {begins}…")
        return self


EvidenceList = Annotated[tuple[Evidence, ...], Field(max_length=MAX_EVIDENCE)]
SomeEvidence = Annotated[tuple[Evidence, ...], Field(min_length=1, max_length=MAX_EVIDENCE)]
