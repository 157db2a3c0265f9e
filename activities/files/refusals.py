"""Why an upload is not taken, with the HTTP status that says so. The message is for whoever uploads."""

from workflows.messages.told_errors import ToldError


class FileRefused(ToldError):
    """This file is not taken. The message says why, and what would be."""

    status = 422


class TooLarge(FileRefused):
    """It has more bytes than a file may have."""

    status = 413


class TooSlow(FileRefused):
    """It did not come to its end in time."""

    status = 408


class WrongType(FileRefused):
    """It is of a kind that is not kept, or not what it is said to be."""

    status = 415


class TooMany(FileRefused):
    """Whoever uploads it has uploaded, or is uploading, as many as one may."""

    status = 429
