"""The made-up sounds that teach the gate are the same at every run, differ from each other, and fill a window."""

import numpy as np
import pytest

from ml.mel import WINDOW
from ml.train.engine.strangers import KINDS, made


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_made_sound_fills_a_window_within_full_scale(kind: str) -> None:
    sound = made(kind, 0)

    assert sound.shape == (WINDOW,)
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert 0.01 < np.abs(sound).max() <= 1.0


def test_a_made_sound_is_the_same_at_every_call_and_no_other() -> None:
    np.testing.assert_array_equal(made("music", 3), made("music", 3))
    assert np.abs(made("music", 3) - made("music", 4)).max() > 0.01
