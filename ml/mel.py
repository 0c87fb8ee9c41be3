"""Turns sound into the log-mel pictures that the engine model looks at, the same for training and for running."""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import soxr

Samples = npt.NDArray[np.float32]
"""Mono sound, full scale at 1."""

RATE = 16_000
"""Samples a second of all sound that is judged: no public recording of engines holds more than 8 kHz."""

WINDOW = 24_000
"""Samples of one window, 1.5 s: the length of the shortest clips that carry a fault."""

YAMNET_FRAMES = 148
"""Frames of 25 ms, 10 ms apart, that fit a window; two patches of 96 overlap in it."""

AISFX_RATE = 44_100
AISFX_FRAMES = 64
AISFX_PEAK = 9.457798957824707
"""What the log-mel pictures were divided by when this extractor was trained."""


@cache
def mel_filters(rate: int, fft: int, bands: int, low_hz: float, high_hz: float) -> npt.NDArray[np.float32]:
    """Triangular filters on the HTK mel scale.

    Shape:  (fft // 2 + 1, bands); a filter's top is 1.
    """

    def mel(hz: float) -> float:
        return 1127.0 * math.log1p(hz / 700.0)

    bins = 1127.0 * np.log1p(np.linspace(0.0, rate / 2, fft // 2 + 1) / 700.0)[:, None]
    edges = np.linspace(mel(low_hz), mel(high_hz), bands + 2)
    left, top, right = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((bins - left) / (top - left), (right - bins) / (right - top))
    return np.asarray(np.maximum(triangles, 0.0), np.float32)


@cache
def hz_filters(rate: int, fft: int, bands: int) -> npt.NDArray[np.float32]:
    """Mel filters whose triangles are straight in hertz and sum to one, from 0 Hz to half the rate.

    Shape:  (fft // 2 + 1, bands).
    """
    tops = 700.0 * np.expm1(np.linspace(0.0, 1127.0 * np.log1p(rate / 2 / 700.0), bands + 2) / 1127.0)
    bins = np.linspace(0.0, rate / 2, fft // 2 + 1)[:, None]
    left, top, right = tops[:-2], tops[1:-1], tops[2:]
    triangles = np.maximum(np.minimum((bins - left) / (top - left), (right - bins) / (right - top)), 0.0)
    return np.asarray(triangles / np.maximum(triangles.sum(axis=0), 1e-9), np.float32)


def frames_of(samples: Samples, length: int, hop: int) -> Samples:
    """Overlapping frames of a sound, without copying it.

    Shape:  (samples,) -> (frames, length).
    """
    return np.lib.stride_tricks.sliding_window_view(samples, length)[::hop]


def yamnet_picture(window: Samples) -> Samples:
    """Log-mel picture as YAMNet was trained on: natural logarithm of magnitudes, 64 bands of 125 to 7,500 Hz.

    Shape:  (WINDOW,) at 16 kHz -> (148, 64).
    """
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)).astype(np.float32)
    magnitudes = np.abs(np.fft.rfft(frames_of(window, 400, 160) * hann, 512)).astype(np.float32)
    picture = np.log(magnitudes @ mel_filters(RATE, 512, 64, 125.0, 7_500.0) + 0.001)
    return np.asarray(picture[:YAMNET_FRAMES], np.float32)


def yamnet_patches(picture: Samples) -> Samples:
    """The first and the last 0.96 s of a window's picture.

    Shape:  (148, 64) -> (2, 96, 64).
    """
    return np.stack([picture[:96], picture[-96:]])


def aisfx_picture(window: Samples) -> Samples:
    """Log-mel picture as aiSFX was trained on: powers relative to the loudest sample, 96 bands up to 22 kHz.

    Shape:  (WINDOW,) at 16 kHz -> (64, 96).
    """
    loud = np.asarray(soxr.resample(window, RATE, AISFX_RATE, quality="HQ"), np.float32)
    loud = loud / max(float(np.abs(loud).max()), 1e-6)
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2048) / 2048)).astype(np.float32)
    frames = frames_of(np.pad(loud, 1024, mode="reflect"), 2048, 1024)[:AISFX_FRAMES]
    powers = np.square(np.abs(np.fft.rfft(frames * hann, 2048))).astype(np.float32)
    return np.asarray(np.log10(1e4 * (powers @ hz_filters(AISFX_RATE, 2048, 96)) + 1.0) / AISFX_PEAK, np.float32)


def pictures(windows: Sequence[Samples]) -> dict[str, Samples]:
    """What the engine model is given, by the names of its inputs.

    Shape:  n windows -> patches (n, 2, 96, 64), aisfx_logmel (n, 64, 96).
    """
    return {
        "patches": np.stack([yamnet_patches(yamnet_picture(window)) for window in windows]),
        "aisfx_logmel": np.stack([aisfx_picture(window) for window in windows]),
    }


def windows_of(samples: Samples, hop: int) -> list[tuple[int, Samples]]:
    """Windows that cover a recording, each with the sample that it begins at; a short recording is repeated.

    The last one ends where the recording ends.
    """
    if len(samples) < WINDOW:
        return [(0, np.resize(samples, WINDOW))]
    starts = [*range(0, len(samples) - WINDOW, hop), len(samples) - WINDOW]
    return [(start, samples[start : start + WINDOW]) for start in starts]
