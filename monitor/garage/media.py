"""Files of drivers: their names in the store, and how they stand."""

from collections.abc import Mapping
from enum import StrEnum

from monitor import errors
from monitor.errors import Roadpulse
from monitor.values import MediaId


class State(StrEnum):
    """Where a file is on its way in."""

    RECEIVING = "receiving"
    STORED = "stored"
    FAILED = "failed"


def folder(media: MediaId) -> str:
    """Where everything of a file lies in the store."""
    return str(media)


def original(media: MediaId) -> str:
    """The file as it came."""
    return f"{media}/original"


def pieces(media: MediaId) -> str:
    """Where a file lies that is not whole yet."""
    return f"{media}/pieces"


def piece(media: MediaId, offset: int) -> str:
    """The piece that begins at this offset."""
    return f"{media}/pieces/{offset:012}"


_REFUSALS: Mapping[str, type[Roadpulse]] = {
    each.code: each
    for each in (
        errors.MediaEmpty,
        errors.MediaHashDiffers,
        errors.MediaInfected,
        errors.MediaTooLarge,
        errors.MediaTruncated,
        errors.MediaUnknown,
        errors.MediaUnreadable,
        errors.UploadExpired,
        errors.UploadFragmented,
    )
}


def refusal(code: str) -> Roadpulse:
    """The error for which a file was not kept, by its code."""
    return _REFUSALS.get(code, errors.MediaUnreadable)()
