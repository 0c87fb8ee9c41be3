"""What phones and browsers record is heard, and what cannot be judged is refused or said."""

import numpy as np
import pytest

from ml import audio
from ml.audio import Disturbance
from ml.findings import MediaEmpty, MediaTooLarge, MediaTruncated, NotThisKind
from ml.mel import RATE
from tests.ml.recordings import clicks, file_of, gusts, noise, tone

NONE = Disturbance(speech=0.0, wind=0.0, other=0.0)

PHONES = [
    ("wav", "pcm_s16le", 44_100),
    ("wav", "pcm_f32le", 48_000),
    ("flac", "flac", 48_000),
    ("mp3", "libmp3lame", 44_100),
    ("mp4", "aac", 44_100),
    ("adts", "aac", 44_100),
    ("ogg", "libopus", 48_000),
    ("webm", "libopus", 48_000),
    ("3gp", "aac", 16_000),
    ("3gp", "libopencore_amrnb", 8_000),
    ("amr", "libopencore_amrnb", 8_000),
]


@pytest.mark.parametrize(("container", "codec", "rate"), PHONES)
def test_what_phones_record_is_heard(container: str, codec: str, rate: int) -> None:
    recording = audio.hear(file_of(tone(2.0), container, codec, rate))

    measures = {measure.name: measure.value for measure in audio.judge(recording, NONE).measures}
    assert recording.duration_s == pytest.approx(2.0, abs=0.15)
    assert recording.rate_hz == rate
    assert measures["strongest_hz"] == pytest.approx(440.0, abs=2.0)
    assert audio.level_db(recording.samples) == pytest.approx(-13.5, abs=2.0)


def test_sound_survives_a_lossless_file_unchanged() -> None:
    samples = noise(1.5)

    heard = audio.hear(file_of(samples, "wav", "pcm_f32le", RATE)).samples

    np.testing.assert_allclose(heard, samples, atol=1e-6)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(MediaEmpty):
        audio.hear(b"")


@pytest.mark.parametrize(
    "content",
    [
        np.random.default_rng(3).bytes(20_000),
        b"a letter, not a sound. " * 200,
        bytes(5_000),
        b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n",
        b"ffconcat version 1.0\nfile '/etc/hostname'\n",
    ],
    ids=["random", "text", "zeros", "playlist", "concatenation"],
)
def test_what_is_no_recording_is_left_to_other_readers(content: bytes) -> None:
    with pytest.raises(NotThisKind):
        audio.hear(content)


@pytest.mark.parametrize(
    ("container", "codec"), [("wav", "pcm_s16le"), ("flac", "flac"), ("mp3", "libmp3lame"), ("mp4", "aac")]
)
def test_a_file_that_was_cut_is_refused(container: str, codec: str) -> None:
    whole = file_of(noise(4.0), container, codec, 16_000)

    with pytest.raises(MediaTruncated):
        audio.hear(whole[: len(whole) // 2])


def test_a_recording_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "MAX_SECONDS", 2.0)

    with pytest.raises(MediaTooLarge):
        audio.hear(file_of(noise(2.5)))


@pytest.mark.parametrize(
    ("samples", "problem"),
    [
        (np.zeros(2 * RATE, np.float32), "silent"),
        (tone(0.5), "short"),
        (np.clip(tone(2.0) * 10, -1.0, 1.0), "clipped"),
        (gusts(6.0), "windy"),
    ],
    ids=["silent", "short", "clipped", "windy"],
)
def test_what_spoils_a_recording_is_said(samples: audio.Samples, problem: str) -> None:
    quality = audio.judge(audio.hear(file_of(samples)), NONE)

    assert quality.problems == (problem,)


@pytest.mark.parametrize(
    ("heard", "problem"),
    [
        (Disturbance(speech=0.8, wind=0.1, other=0.2), "speech"),
        (Disturbance(speech=0.1, wind=0.8, other=0.2), "windy"),
        (Disturbance(speech=0.1, wind=0.2, other=0.8), "noisy"),
    ],
    ids=["talk", "wind", "music"],
)
def test_what_the_model_hears_over_the_engine_is_said(heard: Disturbance, problem: str) -> None:
    quality = audio.judge(audio.hear(file_of(noise(2.0))), heard)

    assert quality.problems == (problem,)


def test_of_speech_only_its_share_is_told() -> None:
    quality = audio.judge(audio.hear(file_of(noise(2.0))), Disturbance(speech=0.8, wind=0.0, other=0.0))

    told = {measure.name: measure.value for measure in quality.measures}
    assert told["speech_share"] == 0.8
    assert all(isinstance(value, (str, int, float)) for value in told.values())


@pytest.mark.parametrize("samples", [noise(3.0), clicks(3.0), tone(3.0, 60.0)], ids=["noise", "clicks", "hum"])
def test_a_clean_recording_has_no_problem(samples: audio.Samples) -> None:
    assert audio.judge(audio.hear(file_of(samples)), NONE).is_good
