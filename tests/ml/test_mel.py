"""The log-mel pictures are those that the extractors were trained on, as librosa 0.11 makes them."""

import numpy as np

from ml import mel
from tests.ml.recordings import noise, tone

WINDOW_S = mel.WINDOW / mel.RATE

BANDS = [5, 15, 25, 40, 60]

AISFX_FRAMES = [5, 20, 40, 60]
AISFX_BY_LIBROSA = [
    [0.4153, 0.2239, 0.0020, 0.0005, 0.0],
    [0.0017, 0.0818, 0.4501, 0.0004, 0.0],
    [0.0001, 0.0002, 0.0043, 0.0108, 0.0],
    [0.0, 0.0, 0.0, 0.2017, 0.0],
]
"""Of `sweep`, by
`melspectrogram(sr=44100, n_fft=2048, hop_length=1024, n_mels=96, norm=1, htk=True, fmin=0, fmax=22050,
pad_mode="reflect")` of the loudest-is-one sound, then log10(10000 x + 1) / AISFX_PEAK."""

YAMNET_FRAMES = [5, 50, 100, 140]
YAMNET_BY_LIBROSA = [
    [-0.361, -5.472, -6.657, -2.525, -6.892],
    [-6.481, -4.060, -3.984, -2.525, -6.886],
    [-6.811, -6.580, -5.473, -2.520, -6.882],
    [-6.873, -6.816, -6.667, 0.030, -6.864],
]
"""Of `sweep`, by `stft(n_fft=512, hop_length=160, win_length=400, center=False)` and `filters.mel(sr=16000, n_fft=512,
n_mels=64, fmin=125, fmax=7500, htk=True, norm=None)`, then log(x + 0.001). librosa's frames begin 56 samples later, and
its triangles are straight in hertz, YAMNet's in mel."""


def sweep() -> mel.Samples:
    moments = np.arange(mel.WINDOW) / mel.RATE
    rising = 0.2 * np.sin(2 * np.pi * (100 * moments + 900 * moments**2))
    return (rising + 0.05 * np.sin(2 * np.pi * 3_000 * moments)).astype(np.float32)


def test_the_picture_for_aisfx_is_that_of_librosa() -> None:
    picture = mel.aisfx_picture(sweep())

    np.testing.assert_allclose(picture[np.ix_(AISFX_FRAMES, BANDS)], AISFX_BY_LIBROSA, atol=1e-4)


def test_the_picture_for_yamnet_is_that_of_librosa() -> None:
    picture = mel.yamnet_picture(np.pad(sweep()[56:], (0, 56)))

    np.testing.assert_allclose(picture[np.ix_(YAMNET_FRAMES, BANDS)], YAMNET_BY_LIBROSA, atol=0.012)


def test_pictures_have_the_shapes_of_the_extractors() -> None:
    window = noise(WINDOW_S)
    picture = mel.yamnet_picture(window)

    assert picture.shape == (148, 64)
    assert mel.yamnet_patches(picture).shape == (2, 96, 64)
    assert mel.aisfx_picture(window).shape == (64, 96)


def test_the_model_gets_both_pictures_of_each_window() -> None:
    windows = [noise(WINDOW_S), tone(WINDOW_S)]

    pictures = mel.pictures(windows)

    assert {name: picture.shape for name, picture in pictures.items()} == {
        "patches": (2, 2, 96, 64),
        "aisfx_logmel": (2, 64, 96),
    }
    np.testing.assert_array_equal(pictures["patches"][1][0], mel.yamnet_picture(windows[1])[:96])
    np.testing.assert_array_equal(pictures["aisfx_logmel"][1], mel.aisfx_picture(windows[1]))


def test_a_tone_lies_in_the_band_of_its_frequency() -> None:
    window = tone(WINDOW_S, 1_000.0)

    yamnet = mel.yamnet_picture(window).mean(axis=0).argmax()
    aisfx = mel.aisfx_picture(window).mean(axis=0).argmax()

    tops = 700 * np.expm1(np.linspace(np.log1p(125 / 700), np.log1p(7_500 / 700), 66))[1:-1]
    assert abs(tops[yamnet] - 1_000.0) < 60.0
    tops = 700 * np.expm1(np.linspace(0.0, np.log1p(22_050 / 700), 98))[1:-1]
    assert abs(tops[aisfx] - 1_000.0) < 60.0


def test_silence_is_the_floor_of_the_logarithm() -> None:
    picture = mel.yamnet_picture(np.zeros(mel.WINDOW, np.float32))

    np.testing.assert_allclose(picture, np.log(0.001), atol=1e-5)


def test_windows_cover_a_recording_to_its_end() -> None:
    windows = mel.windows_of(np.arange(50_000, dtype=np.float32), mel.WINDOW // 2)

    assert [start for start, _ in windows] == [0, 12_000, 24_000, 26_000]
    assert windows[-1][1][-1] == 49_999.0


def test_a_short_recording_is_repeated_to_a_window() -> None:
    ((start, window),) = mel.windows_of(np.arange(10_000, dtype=np.float32), 1)

    assert start == 0
    assert window[10_000] == 0.0
    assert len(window) == mel.WINDOW
