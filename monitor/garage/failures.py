"""Why a diagnosis has no result, in words that help."""

from collections.abc import Mapping

from monitor import errors
from monitor.wire.garage import Failure
from monitor.wire.media import Text

GONE = "media_missing"
"""a file is no longer there"""
_AGAIN = Text(
    "Something broke on our side. Send it again in a few minutes.",
    "Quelque chose s'est cassé chez nous. Renvoyez-le dans quelques minutes.",
)
_UNREADABLE = Text(
    "One of the files cannot be read. Take the photo or the recording again.",
    "Un des fichiers est illisible. Reprenez la photo ou l'enregistrement.",
)
_TEXTS: Mapping[str, Text] = {
    errors.ReaderSlow.code: Text(
        "One of the files takes too long to read. Take a shorter recording or a smaller photo.",
        "Un des fichiers est trop long à lire. Prenez un enregistrement plus court ou une photo plus petite.",
    ),
    errors.ReaderLost.code: _UNREADABLE,
    errors.MediaUnreadable.code: _UNREADABLE,
    errors.MediaTruncated.code: Text(
        "One of the files breaks off or is damaged. Send it again.",
        "Un des fichiers est incomplet ou abîmé. Renvoyez-le.",
    ),
    errors.MediaTooLarge.code: Text(
        "One of the files is larger or longer than can be read.",
        "Un des fichiers est trop grand ou trop long pour être lu.",
    ),
    errors.MediaUnknown.code: Text(
        "One of the files is neither a photo nor a recording that is known here.",
        "Un des fichiers n'est ni une photo ni un enregistrement connu ici.",
    ),
    errors.MediaEmpty.code: Text("One of the files is empty.", "Un des fichiers est vide."),
    errors.MediaInfected.code: Text(
        "The virus scanner found something in one of the files.",
        "L'antivirus a trouvé quelque chose dans un des fichiers.",
    ),
    GONE: Text("One of the files is no longer there.", "Un des fichiers n'est plus là."),
}
_MAY_RETRY = frozenset({errors.WorkerLost.code, errors.Internal.code, errors.Unavailable.code})
"""Here it is not the files' fault."""


def failure(code: str) -> Failure:
    """What is said of this code; one without words of its own is our own mistake."""
    return Failure(code, _TEXTS.get(code, _AGAIN), code in _MAY_RETRY)
