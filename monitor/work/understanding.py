"""What a driver's own words come to: symptoms, lights that they name, trouble codes."""

from collections.abc import Iterable
from dataclasses import dataclass

from ml import codes, text
from ml.codes import TroubleCode
from ml.knowledge import load
from ml.text import Mention


@dataclass(frozen=True, slots=True)
class Understood:
    """All that was said."""

    mentions: tuple[Mention, ...]
    codes: tuple[TroubleCode, ...]


def understand(description: str, symptoms: Iterable[str], given_codes: Iterable[str]) -> Understood:
    """Symptoms and codes out of the text, the chips and the codes given; a long text takes a tenth of a second."""
    words = text.read(description, symptoms)
    known = {code: codes.read(code, load()) for code in given_codes} | {code.code: code for code in words.codes}
    return Understood(words.mentions, tuple(known.values()))
