"""Deals whole recordings to the folds of a cross-validation."""

from collections import Counter, defaultdict

from ml.train.engine.corpus import Clip

FOLDS = 5


def deal(clips: list[Clip]) -> dict[str, int]:
    """The fold of each recording, so that every fold gets its share of every class.

    The largest recordings are dealt first, each to the fold that has the least of its class; the same in every run.
    """
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    for clip in clips:
        sizes[clip.label][clip.recording] += 1
    folds: dict[str, int] = {}
    filled = [0] * FOLDS
    for label in sorted(sizes):
        shares = [0] * FOLDS
        for recording, size in sorted(sizes[label].items(), key=lambda item: (-item[1], item[0])):
            fold = min(range(FOLDS), key=lambda f: (shares[f], filled[f], f))
            folds[recording] = fold
            shares[fold] += size
            filled[fold] += size
    return folds
