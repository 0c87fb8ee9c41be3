"""Why a file could not be read or a diagnosis has no result, in words that help."""

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
_NOTHING_READ = Text("Nothing that you sent could be read.", "Rien de ce que vous avez envoyé n'a pu être lu.")
_UNREADABLE = Text(
    "The file cannot be read. Take the photo or the recording again.",
    "Le fichier est illisible. Reprenez la photo ou l'enregistrement.",
)
_OF_FILES: Mapping[str, Text] = {
    errors.ReaderSlow.code: Text(
        "The file takes too long to read. Take a shorter recording or a smaller photo.",
        "Le fichier est trop long à lire. Prenez un enregistrement plus court ou une photo plus petite.",
    ),
    errors.ReaderLost.code: _UNREADABLE,
    errors.MediaUnreadable.code: _UNREADABLE,
    errors.MediaTruncated.code: Text(
        "The file breaks off or is damaged. Send it again.",
        "Le fichier est incomplet ou abîmé. Renvoyez-le.",
    ),
    errors.MediaTooLarge.code: Text(
        "The file is larger or longer than can be read.",
        "Le fichier est trop grand ou trop long pour être lu.",
    ),
    errors.MediaTooSmall.code: Text(
        "The picture has fewer than 12 pixels a side. Take the photo again.",
        "L'image a moins de 12 pixels de côté. Reprenez la photo.",
    ),
    errors.MediaUnknown.code: Text(
        "The file is neither a photo nor a recording that is known here.",
        "Le fichier n'est ni une photo ni un enregistrement connu ici.",
    ),
    errors.MediaEmpty.code: Text("The file is empty.", "Le fichier est vide."),
    errors.MediaInfected.code: Text(
        "The virus scanner found something in the file.",
        "L'antivirus a trouvé quelque chose dans le fichier.",
    ),
    GONE: Text("The file is no longer there.", "Le fichier n'est plus là."),
}
_MAY_RETRY = frozenset({errors.WorkerLost.code, errors.Internal.code, errors.Unavailable.code})
"""Here it is not the files' fault."""


def of_file(code: str) -> Text:
    """Why a file could not be read; a code without words of its own is our own mistake."""
    return _OF_FILES.get(code, _AGAIN)


def failure(code: str) -> Failure:
    """What is said of a diagnosis that ended so."""
    why = of_file(code)
    if code in _OF_FILES:
        why = Text(f"{_NOTHING_READ.en} {why.en}", f"{_NOTHING_READ.fr} {why.fr}")
    return Failure(code, why, code in _MAY_RETRY)
