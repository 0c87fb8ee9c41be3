"""A description cut into words that can be compared: without accents, endings and fillers, each denied or not."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

WORD = re.compile(r"[a-z0-9]+|[.,;:!?\n()/]")
CONTRACTION = re.compile(r"n't\b|\b(?:ca|do|wo|does|is|did|are|was|should|would|could|has|have)nt\b|\bcannot\b")
BREAKS = frozenset(".,;:!?\n()/") | {"but", "mais", "however", "and", "et", "then", "puis", "although", "or", "ou"}
"""`or` and `ou` end a clause but not a denial: "no smoke or noise"."""
LETS_DENIAL_THROUGH = frozenset({"or", "ou"})
BEFORE = frozenset({"no", "not", "never", "without", "sans", "aucun", "aucune", "ni", "nor", "nothing", "rien"})
"""deny what follows"""
BOTH = frozenset({"pas", "plus", "jamais"})
"""deny the verb before (`ne fume pas`) or the noun after (`pas de fumée`)"""
CUES = BEFORE | BOTH
BARRIERS = frozenset(
    "when quand lorsque while at au aux en since depuis si if on in after apres".split()  # noqa: SIM905 - a wall of quotes would hide the words
)
"""where a denial ends: `does not start when cold` denies the start, not the cold"""
OFF = frozenset({"off", "eteint", "eteinte", "eteints"})
LAMPS = frozenset({"light", "lights", "lamp", "voyant", "voyants", "temoin", "lampe"})
"""`the oil light is off` denies the light"""
STATES = frozenset({"on", "lit", "there", "present"})
"""`the light is not on` denies the light before"""
REACH = 3
"""A denial reaches this many words."""
FILLERS = frozenset(
    """the an of my our is are it its i you he she we they this that there to be been was were has have had do does
    did am will would can could de du des d la le les l un une mon ma mes ce cette ces c je j il elle nous vous ils qui
    que qu y est sont suis ai as ont etait tres very so from with avec pour for sur dans par dey gree se s m t ne n
    me te sa son ses leur ca cela also aussi just now just please get got any anymore again by as
    veut""".split()  # noqa: SIM905
)
ENDINGS = tuple(
    "ations ation ements ement ings ing ages age ates ate antes ante ants ant ees ee ent ers er ed es e s".split()  # noqa: SIM905
)
ALIASES = {"breaks": "brake", "break": "brake", "breaking": "brake", "break's": "brake", "lite": "light"}
MIN_STEM = 3


class Denial(StrEnum):
    NONE = "none"
    SOFT = "soft"
    """`plus` without `ne`: "no more" or "more", nobody can tell"""
    FIRM = "firm"


@dataclass(frozen=True, slots=True)
class Word:
    """One word that carries meaning."""

    stem: str
    written: str
    clause: int
    denial: Denial


def words_of(text: str) -> tuple[Word, ...]:
    """The words of a text that carry meaning, in order."""
    raw = WORD.findall(CONTRACTION.sub(" not ", plain(text)))
    denials = _denials(raw)
    words: list[Word] = []
    clause = 0
    for token, denial in zip(raw, denials, strict=True):
        if token in BREAKS:
            clause += 1
        elif token not in CUES and token not in FILLERS:
            words.append(Word(stem(token), token, clause, denial))
    return tuple(words)


def plain(text: str) -> str:
    """Small letters without accents; typographic apostrophes made plain."""
    folded = text.casefold().replace("œ", "oe").replace("\u2019", "'")
    return "".join(letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))


def stem(word: str) -> str:
    """What the forms of a word share: brake, brakes, braking -> brak; freine, freinage -> frein."""
    word = ALIASES.get(word, word)
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM:
            word = word.removesuffix(ending)
            if len(word) > MIN_STEM and word[-1] == word[-2] and word[-1] not in "lsf":
                return word[:-1]
            return word
    return word


def typos(written: str, meant: str) -> int | None:
    """How many slips make `written` of `meant`; None where it is likelier another word.

    The first letter is right in nearly all slips; a replaced letter makes another word of a short one.
    """
    if written == meant:
        return 0
    longest, shortest = max(len(written), len(meant)), min(len(written), len(meant))
    if written[:1] != meant[:1] or shortest < 4 or longest < 5 or written.isdigit():
        return None
    allowed = 2 if shortest >= 9 else 1
    if longest - shortest > allowed:
        return None
    found = _distance(written, meant)
    if found > allowed:
        return None
    is_replaced = len(written) == len(meant) and sorted(written) != sorted(meant)
    return None if is_replaced and shortest < 6 else found


def _denials(raw: Sequence[str]) -> list[Denial]:
    denials = [Denial.NONE] * len(raw)
    for index, cue in enumerate(raw):
        if cue in OFF:
            for reached in _lamps_before(raw, index):
                denials[reached] = Denial.FIRM
        if cue not in CUES:
            continue
        denial = Denial.FIRM
        if cue == "plus" and not {"ne", "n"} & set(raw[max(0, index - 4) : index]):
            denial = Denial.SOFT
        for reached in (*_following(raw, index), *_preceding(raw, index)):
            denials[reached] = max(denials[reached], denial, key=list(Denial).index)
    return denials


def _following(raw: Sequence[str], index: int) -> list[int]:
    is_verb_denied = raw[index] in BOTH and raw[index + 1 : index + 2] not in (["de"], ["d"])
    reach = 1 if is_verb_denied else REACH
    # `pas à froid`: an English "a" is no barrier, "not a problem".
    barriers = BARRIERS | {"a"} if raw[index] in BOTH else BARRIERS
    reached: list[int] = []
    for position in range(index + 1, len(raw)):
        token = raw[position]
        if token in barriers or (token in BREAKS and token not in LETS_DENIAL_THROUGH) or len(reached) == reach:
            break
        if token not in FILLERS and token not in BREAKS:
            reached.append(position)
    return reached


def _preceding(raw: Sequence[str], index: int) -> list[int]:
    following = raw[index + 1] if index + 1 < len(raw) else ""
    is_state_denied = raw[index] == "not" and following in STATES
    if not is_state_denied and (raw[index] not in BOTH or following in ("de", "d")):
        return []
    for position in range(index - 1, -1, -1):
        if raw[position] in BREAKS:
            return []
        if raw[position] not in FILLERS:
            return [position]
    return []


def _lamps_before(raw: Sequence[str], index: int) -> list[int]:
    nearby = range(max(0, index - 5), index)
    return [position for position in nearby if raw[position] in LAMPS and not BREAKS & set(raw[position:index])]


def _distance(one: str, other: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, other_letter in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != other_letter))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == other_letter:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        before_last, last = last, current
    return last[-1]
