"""What teaches the engine model to hear through a phone's codec gives back the same sound, at the same length."""

import numpy as np
import pytest

from ml.mel import WINDOW
from ml.train.engine.codecs import CODECS, Codec, coded
from tests.ml.recordings import tone


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: f"{codec.name}-{codec.bits_per_s}")
def test_a_tone_is_the_same_tone_after_a_codec(codec: Codec) -> None:
    sound = tone(WINDOW / 16_000, 600.0)

    back = coded(sound, codec)

    assert back.shape == sound.shape
    strongest = np.abs(np.fft.rfft(back * np.hanning(WINDOW))).argmax() * 16_000 / WINDOW
    assert strongest == pytest.approx(600.0, abs=2.0)
    assert not np.array_equal(back, sound)
