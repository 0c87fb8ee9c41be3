"""Does to a clean window what other phones, places and networks do to a sound."""

from functools import cached_property

import numpy as np
import soxr

from ml.mel import RATE, WINDOW, Samples
from ml.train.engine.chance import chance
from ml.train.engine.codecs import CODECS, coded
from ml.train.engine.corpus import Clip, Piece, pieces_of
from ml.train.engine.folds import deal


class Noises:
    """The sounds that are no car, by fold: a clip is only ever mixed with noise of its own fold, which no test sees."""

    def __init__(self, clips: list[Clip]) -> None:
        self._clips = [clip for clip in clips if clip.label == "not_car"]
        self._folds = deal(clips)

    @cached_property
    def _by_fold(self) -> dict[int, list[Samples]]:
        found: dict[int, list[Samples]] = {}
        for clip in self._clips:
            found.setdefault(self._folds[clip.recording], []).append(pieces_of(clip)[0].samples)
        return found

    def pick(self, clip: Clip, random: np.random.Generator) -> Samples:
        """One of the noises of the clip's fold."""
        choices = self._by_fold[self._folds[clip.recording]]
        return choices[int(random.integers(len(choices)))]


def disturbed(piece: Piece, copy: int, noises: Noises) -> Samples:
    """A window as another phone, farther away, in another place, would have sent it."""
    random = chance(piece.clip.recording, piece.clip.path.name, piece.order, copy)
    sound = _pitched(piece.samples, float(random.uniform(-0.05, 0.05)))
    if random.random() < 0.4:
        sound = _mixed(sound, noises.pick(piece.clip, random), float(random.uniform(6.0, 25.0)))
    if random.random() < 0.5:
        sound = _in_a_room(sound, random)
    sound = _coloured(sound, random)
    if random.random() < 0.3:
        sound = _mixed(sound, _wind(random), float(random.uniform(3.0, 25.0)))
    if random.random() < 0.2:
        sound = _without_steady_noise(sound, float(random.uniform(0.3, 0.9)))
    sound = _levelled(sound, random)
    if random.random() < 0.6:
        sound = coded(sound, CODECS[int(random.integers(len(CODECS)))])
    return np.clip(np.resize(sound, WINDOW), -1.0, 1.0).astype(np.float32)


def _pitched(sound: Samples, change: float) -> Samples:
    """Faster and higher, or slower and lower, as another engine speed."""
    shifted = np.asarray(soxr.resample(sound, RATE, RATE * (1 + change)), np.float32)
    return np.resize(shifted, WINDOW)


def _in_a_room(sound: Samples, random: np.random.Generator) -> Samples:
    """With the echoes of a garage or a street, nearer or farther."""
    moments = np.arange(RATE // 2) / RATE
    tail = random.normal(size=len(moments)) * np.exp(-6.9 * moments / float(random.uniform(0.08, 0.6)))
    tail *= 10 ** (float(random.uniform(-15.0, 3.0)) / 20) / np.sqrt(np.sum(tail**2))
    tail[0] += 1.0
    size = len(sound) + len(tail)
    echoed = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)
    return np.asarray(echoed[: len(sound)], np.float32)


def _coloured(sound: Samples, random: np.random.Generator) -> Samples:
    """Through another microphone: a smooth curve of some 8 dB either way, less treble with distance, less bass."""
    spectrum = np.fft.rfft(sound)
    hertz = np.linspace(0.0, RATE / 2, len(spectrum))
    knots = np.array([0.0, 100.0, 250.0, 500.0, 1_000.0, 2_000.0, 3_000.0, 4_500.0, 8_000.0])
    decibels = np.interp(np.log1p(hertz), np.log1p(knots), random.normal(0.0, 4.5, len(knots)))
    if random.random() < 0.35:
        decibels = decibels - 12.0 * np.maximum(np.log2(np.maximum(hertz, 1.0) / random.uniform(1_500.0, 6_000.0)), 0.0)
    if random.random() < 0.35:
        decibels = decibels - 12.0 * np.maximum(np.log2(random.uniform(60.0, 300.0) / np.maximum(hertz, 1.0)), 0.0)
    return np.fft.irfft(spectrum * 10 ** (decibels / 20), len(sound)).astype(np.float32)


def _wind(random: np.random.Generator) -> Samples:
    """Wind in a microphone, or a road: noise that falls with frequency and comes in gusts."""
    spectrum = np.fft.rfft(random.normal(size=WINDOW))
    spectrum /= np.maximum(np.arange(len(spectrum)), 20.0) ** float(random.uniform(0.5, 1.5))
    gusts = np.interp(np.arange(WINDOW), np.linspace(0, WINDOW, 7), random.uniform(0.2, 1.0, 7))
    return (np.fft.irfft(spectrum, WINDOW) * gusts).astype(np.float32)


def _without_steady_noise(sound: Samples, strength: float) -> Samples:
    """As phones that take an engine for noise behind a voice: what stays the same is turned down."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, 256), 512)[::128]
    spectra = np.fft.rfft(frames * np.hanning(512), axis=1)
    sizes = np.abs(spectra)
    steady = np.percentile(sizes, 25, axis=0)
    spectra *= np.maximum(1.0 - strength * steady / np.maximum(sizes, 1e-9), 0.15)
    whole = np.zeros(len(sound) + 1_024)
    for order, frame in enumerate(np.fft.irfft(spectra, 512, axis=1) * np.hanning(512)):
        whole[order * 128 : order * 128 + 512] += frame / 1.5
    return np.asarray(whole[256 : 256 + len(sound)], np.float32)


def _levelled(sound: Samples, random: np.random.Generator) -> Samples:
    """At another loudness; one in four driven into the microphone's limits."""
    sound = sound / max(float(np.abs(sound).max()), 1e-6)
    if random.random() < 0.25:
        drive = float(random.uniform(1.0, 4.0))
        sound = np.tanh(sound * drive) / np.tanh(drive)
    return np.asarray(sound * 10 ** float(random.uniform(-1.3, 0.0)), np.float32)


def _mixed(sound: Samples, other: Samples, decibels: float) -> Samples:
    """A sound with another one so many decibels below it."""
    power, rest = float(np.mean(sound**2)), float(np.mean(other**2))
    if rest <= 0.0:
        return sound
    return np.asarray(sound + other * np.sqrt(power / rest) * 10 ** (-decibels / 20), np.float32)
