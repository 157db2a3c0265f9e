"""Files by reference: where they are, and the hash by which they are known. The files themselves live elsewhere."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from workflows.messages.fields import Text
from workflows.messages.file_schemes import FileUri
from workflows.messages.shapes import MEDIA_TYPE, SHA256
from workflows.messages.values import Wire

MAX_ATTACHMENTS: Final = 20
MAX_ATTACHMENT_BYTES: Final = 10 * 1024 * 1024


class Attachment(Wire):
    """A file by reference: where it is, and the hash by which it is known."""

    uri: FileUri
    sha256: Annotated[str, StringConstraints(pattern=SHA256)]
    media_type: Annotated[str, StringConstraints(pattern=MEDIA_TYPE)]
    size: Annotated[int, Field(ge=1, le=MAX_ATTACHMENT_BYTES)]
    caption: Text | None = None
