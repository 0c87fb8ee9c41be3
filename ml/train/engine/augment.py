"""Does to a clean window what other phones, places and networks do to a sound."""

import io
from functools import cached_property

import av
import numpy as np
import soxr

from ml.mel import RATE, WINDOW, Samples
from ml.train.engine.corpus import Clip, Piece, chance, pieces_of
from ml.train.engine.folds import deal

CODECS = (("mp4", "aac", 44_100, 64_000), ("ogg", "libopus", 48_000, 24_000), ("mp3", "libmp3lame", 44_100, 64_000))
"""What phones and browsers record in: container, codec, rate, bits a second."""


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
    random = chance(piece.clip.path.name, piece.order, copy)
    sound = _pitched(piece.samples, float(random.uniform(-0.04, 0.04)))
    sound = _coloured(sound, random)
    if random.random() < 0.5:
        other = noises.pick(piece.clip, random) if random.random() < 0.6 else _wind(random)
        sound = _mixed(sound, other, float(random.uniform(3.0, 25.0)))
    sound = sound * (10 ** float(random.uniform(-1.0, 0.0)) / max(float(np.abs(sound).max()), 1e-6))
    if random.random() < 0.5:
        sound = coded(sound, *CODECS[int(random.integers(len(CODECS)))])
    return np.clip(np.resize(sound, WINDOW), -1.0, 1.0).astype(np.float32)


def _pitched(sound: Samples, change: float) -> Samples:
    """Faster and higher, or slower and lower, as another engine speed."""
    shifted = np.asarray(soxr.resample(sound, RATE, RATE * (1 + change)), np.float32)
    return np.resize(shifted, WINDOW)


def _coloured(sound: Samples, random: np.random.Generator) -> Samples:
    """Through another microphone: a smooth curve of up to some 6 dB either way, and less treble with distance."""
    spectrum = np.fft.rfft(sound)
    hertz = np.linspace(0.0, RATE / 2, len(spectrum))
    knots = np.array([0.0, 100.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0])
    decibels = np.interp(np.log1p(hertz), np.log1p(knots), random.normal(0.0, 4.0, len(knots)))
    if random.random() < 0.3:
        decibels = decibels - 12.0 * np.maximum(np.log2(np.maximum(hertz, 1.0) / random.uniform(1_500.0, 6_000.0)), 0.0)
    if random.random() < 0.3:
        decibels = decibels - 12.0 * np.maximum(np.log2(random.uniform(60.0, 250.0) / np.maximum(hertz, 1.0)), 0.0)
    return np.fft.irfft(spectrum * 10 ** (decibels / 20), len(sound)).astype(np.float32)


def _wind(random: np.random.Generator) -> Samples:
    """Wind in a microphone, or a road: noise that falls with frequency and comes in gusts."""
    spectrum = np.fft.rfft(random.normal(size=WINDOW))
    spectrum /= np.maximum(np.arange(len(spectrum)), 20.0) ** float(random.uniform(0.5, 1.5))
    gusts = np.interp(np.arange(WINDOW), np.linspace(0, WINDOW, 7), random.uniform(0.2, 1.0, 7))
    return (np.fft.irfft(spectrum, WINDOW) * gusts).astype(np.float32)


def _mixed(sound: Samples, other: Samples, decibels: float) -> Samples:
    """A sound with another one so many decibels below it."""
    power, rest = float(np.mean(sound**2)), float(np.mean(other**2))
    if rest <= 0.0:
        return sound
    return np.asarray(sound + other * np.sqrt(power / rest) * 10 ** (-decibels / 20), np.float32)


def coded(sound: Samples, container: str, codec: str, rate: int, bits: int) -> Samples:
    """A sound after a phone's codec, at the rate and length that it had."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(np.clip(sound, -1, 1)[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as given:
        back = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
        parts = [p.to_ndarray()[0] for f in given.decode(audio=0) for p in back.resample(f)]
    return np.resize(np.concatenate(parts).astype(np.float32), len(sound))
