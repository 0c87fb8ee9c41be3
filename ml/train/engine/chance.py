"""Random numbers that depend on words only, so that a resumed run draws what an unbroken one would."""

import hashlib

import numpy as np


def chance(*words: object) -> np.random.Generator:
    """The numbers that belong to these words."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(repr(words).encode()).digest()[:8], "little"))
