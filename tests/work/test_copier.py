"""A recording's picture shows no voice, others hear none in it, and all else stays."""

import json
from base64 import b64decode

import numpy as np
import pytest

from ml import audio, engine, mel
from ml.findings import Span
from ml.train.engine import strangers
from monitor.work import copier
from tests.ml.recordings import file_of, tone


def spoken() -> mel.Samples:
    """Three seconds of a hum, three of a computed voice, three of the hum."""
    hum = tone(3.0, 120.0, peak=0.05)
    return np.concatenate([hum, strangers.made("voice", 4), strangers.made("voice", 4), hum])


def drawn(samples: mel.Samples) -> tuple[dict[str, object], np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    said = json.loads(copier.spectrogram(file_of(samples)))
    return said, np.frombuffer(b64decode(said["rows"]), np.uint8).reshape(len(said["hz"]), said["columns"])


@pytest.mark.parametrize(
    ("together", "span", "expected"),
    [(1, Span(0.064, 0.096), [1, 2]), (1, Span(0.07, 0.071), [1, 2]), (2, Span(0.064, 0.096), [0, 1])],
)
def test_a_column_that_hears_any_of_a_span_is_touched(together: int, span: Span, expected: list[int]) -> None:
    """A frame is 64 ms long and the next begins after 32."""
    assert np.flatnonzero(copier.touched(5, together, [span])).tolist() == expected


def test_without_a_span_nothing_is_touched() -> None:
    assert not copier.touched(5, 1, []).any()


def test_a_voice_is_dark_and_the_hum_round_it_is_shown() -> None:
    said, rows = drawn(spoken())

    at = np.arange(rows.shape[1]) * float(str(said["seconds_per_column"]))
    assert rows[:, (at > 3.0) & (at < 6.0)].max() == 0
    assert rows[:, at < 1.5].max() == 255
    assert rows[:, at > 7.5].max() == 255


def test_the_picture_tells_which_seconds_it_hides() -> None:
    samples = spoken()

    assert drawn(samples)[0]["hidden"] == [
        [span.start_s, span.end_s] for span in engine.voices(audio.hear(file_of(samples)))
    ]
    assert drawn(tone(3.0))[0]["hidden"] == []


def test_others_hear_no_voice_and_the_hum_round_it() -> None:
    samples = spoken()
    own, others = (audio.hear(copy(file_of(samples))).samples for copy in (copier.sound, copier.voiceless))

    assert not others[3 * mel.RATE : 6 * mel.RATE].any()
    assert np.abs(own[3 * mel.RATE : 6 * mel.RATE]).max() > 0.1
    for hum in (slice(0, mel.RATE), slice(8 * mel.RATE, 9 * mel.RATE)):
        assert np.array_equal(others[hum], own[hum])


def test_silence_is_dark() -> None:
    assert drawn(np.zeros(32_000, np.float32))[1].max() == 0
