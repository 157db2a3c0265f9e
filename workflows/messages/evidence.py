"""Evidence: files by reference, and words. What a dispute's reason demands of it is the process's business."""

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from workflows.messages.attachments import MAX_ATTACHMENT_BYTES
from workflows.messages.complaints import FieldsError
from workflows.messages.fields import Text
from workflows.messages.file_schemes import FileUri
from workflows.messages.sentences import say
from workflows.messages.shapes import MEDIA_TYPE, SHA256
from workflows.messages.values import Wire

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
    sha256: Annotated[str, StringConstraints(pattern=SHA256)] | None = None
    media_type: Annotated[str, StringConstraints(pattern=MEDIA_TYPE)] | None = None
    size: Annotated[int, Field(ge=1, le=MAX_ATTACHMENT_BYTES)] | None = None
    text: Text | None = None
    caption: Text | None = None

    @model_validator(mode="after")
    def _is_a_file_or_a_text(self) -> Self:
        of_file = {name: getattr(self, name) for name in ("uri", "sha256", "media_type", "size")}
        given = tuple(name for name, value in of_file.items() if value is not None)
        if self.kind is EvidenceKind.TEXT:
            if given or self.text is None:
                raise FieldsError(given or ("text",), say('evidence of the kind "text" has words, and no file'))
            return self
        missing = tuple(name for name, value in of_file.items() if value is None)
        if missing:
            raise FieldsError(
                missing, say('evidence of the kind "{kind}" is a file, and not complete without this', kind=self.kind)
            )
        if self.text is not None:
            raise FieldsError(
                ("text",), say('evidence of the kind "{kind}" has a caption, and no text', kind=self.kind)
            )
        begins = MEDIA.get(self.kind, "")
        if self.media_type is not None and not self.media_type.startswith(begins):
            raise FieldsError(
                ("media_type",),
                say('of evidence of the kind "{kind}" it begins with "{begins}"', kind=self.kind, begins=begins),
            )
        return self


EvidenceList = Annotated[tuple[Evidence, ...], Field(max_length=MAX_EVIDENCE)]
SomeEvidence = Annotated[tuple[Evidence, ...], Field(min_length=1, max_length=MAX_EVIDENCE)]
