"""Makes sounds that no car makes, so that the gate knows more than the few such recordings that are public."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ml.mel import RATE, WINDOW, Samples
from ml.train.engine.chance import chance

Wave = npt.NDArray[np.float64]
Chance = np.random.Generator

EACH = 10
"""Sounds of each kind."""

MOMENTS = np.arange(WINDOW) / RATE


def made(kind: str, order: int) -> Samples:
    """One of the sounds of a kind; the same at every call."""
    random = chance("made", kind, order)
    wave = KINDS[kind](random)
    wave = wave + random.normal(size=WINDOW) * np.std(wave) * 10 ** float(random.uniform(-3.0, -1.0))
    return np.asarray(wave / max(float(np.abs(wave).max()), 1e-9) * 10 ** float(random.uniform(-1.3, -0.1)), np.float32)


def _noise(random: Chance, slope: float, low_hz: float = 20.0, high_hz: float = 8_000.0) -> Wave:
    """Noise whose amplitude falls with this power of frequency, inside a band."""
    hertz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    shape = np.maximum(hertz, 20.0) ** -slope * (hertz >= low_hz) * (hertz <= high_hz)
    wave = np.fft.irfft(np.fft.rfft(random.normal(size=WINDOW)) * shape, WINDOW)
    return np.asarray(wave / (np.std(wave) + 1e-12))


def _bursts(random: Chance, rate_hz: float, decay_s: float, jitter: float) -> Wave:
    """An envelope of blows: where they fall, and how they fade."""
    blows = np.zeros(WINDOW)
    moment = float(random.uniform(0.0, 1 / rate_hz))
    while moment < WINDOW / RATE:
        blows[int(moment * RATE)] += float(random.uniform(0.4, 1.0))
        moment += max(float(random.normal(1 / rate_hz, jitter / rate_hz)), 0.02)
    fade = np.exp(-MOMENTS / decay_s)
    size = 2 * WINDOW
    return np.asarray(np.fft.irfft(np.fft.rfft(blows, size) * np.fft.rfft(fade, size), size)[:WINDOW])


def _partials(base_hz: float, strengths: Wave, bend: Wave | float = 0.0) -> Wave:
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(base_hz * (1 + bend), WINDOW)) / RATE
    kept = [(order, s) for order, s in enumerate(strengths.tolist(), 1) if order * base_hz < RATE / 2]
    return np.asarray(sum(s * np.sin(order * phase) for order, s in kept))


def _tone(random: Chance) -> Wave:
    return _partials(
        float(np.exp(random.uniform(np.log(80), np.log(3_500)))), random.random(int(random.integers(1, 4)))
    )


def _alarm(random: Chance) -> Wave:
    return _tone(random) * (
        np.sin(2 * np.pi * float(random.uniform(0.8, 9.0)) * MOMENTS) > float(random.uniform(-0.7, 0.5))
    )


def _mains(random: Chance) -> Wave:
    return (
        _partials(float(random.choice([50.0, 60.0])), random.random(12) / np.arange(1, 13)) + _noise(random, 0.5) * 0.05
    )


def _music(random: Chance) -> Wave:
    """Chords and a melody of plucked or held tones."""
    wave, beat = np.zeros(WINDOW), float(random.uniform(0.15, 0.6))
    decay, root = float(random.uniform(0.1, 1.5)), float(random.uniform(80.0, 300.0))
    for start in np.arange(0.0, WINDOW / RATE, beat):
        since = np.maximum(MOMENTS - start, 0.0)
        envelope = (start <= MOMENTS) * np.minimum(since / 0.01, 1.0) * np.exp(-since / decay)
        for step in random.choice([0, 2, 4, 5, 7, 9, 11, 12, 16, 19], size=int(random.integers(1, 5))).tolist():
            wave += envelope * _partials(root * 2 ** (step / 12), 0.7 ** np.arange(1, 9))
    return wave


def _drums(random: Chance) -> Wave:
    bass = _bursts(random, float(random.uniform(1.5, 3.0)), 0.12, 0.02) * np.sin(
        2 * np.pi * float(random.uniform(50, 90)) * MOMENTS
    )
    snare = _bursts(random, float(random.uniform(1.0, 4.0)), 0.07, 0.02) * _noise(random, 0.0, 200.0)
    hats = _bursts(random, float(random.uniform(4.0, 9.0)), 0.02, 0.02) * _noise(random, 0.0, 4_000.0)
    return bass + 0.5 * snare + 0.2 * hats


def _voice(random: Chance) -> Wave:
    """Babble of one mouth: a buzzing glottis through moving formants, in syllables, with hisses between."""
    size = 16
    course = np.interp(MOMENTS, np.linspace(0, WINDOW / RATE, size), random.normal(0.0, 0.08, size))
    buzz = _partials(float(random.uniform(85.0, 260.0)), np.arange(1, 60) ** -0.7, course)
    wave = np.zeros(WINDOW)
    for low, high, width in ((250, 850, 90), (800, 2_400, 130), (2_200, 3_200, 200)):
        places = random.uniform(low, high, size)
        centre = np.interp(MOMENTS, np.linspace(0, WINDOW / RATE, size), places)
        for part in np.array_split(np.arange(WINDOW), 30):
            wave[part] += _resonant(buzz, float(centre[part[0]]), width)[part]
    syllables = np.clip(np.sin(2 * np.pi * float(random.uniform(2.0, 5.0)) * MOMENTS + course * 9) + 0.4, 0.0, 1.0)
    hisses = _bursts(random, 2.0, 0.06, 0.5) * _noise(random, 0.0, 3_000.0)
    return wave / np.std(wave) * syllables + 0.3 * hisses


def _resonant(wave: Wave, centre_hz: float, width_hz: float) -> Wave:
    hertz = np.fft.rfftfreq(len(wave), 1 / RATE)
    return np.asarray(np.fft.irfft(np.fft.rfft(wave) / (1 + ((hertz - centre_hz) / width_hz) ** 2), len(wave)))


def _babble(random: Chance) -> Wave:
    return np.asarray(sum(_voice(random) * float(random.uniform(0.3, 1.0)) for _ in range(3)))


def _hiss(random: Chance) -> Wave:
    return _noise(random, float(random.uniform(-0.2, 1.2)))


def _rain(random: Chance) -> Wave:
    drops = _bursts(random, float(random.uniform(15.0, 45.0)), 0.004, 1.0) * _noise(random, 0.0, 1_000.0)
    return drops + float(random.uniform(0.05, 0.6)) * _noise(random, 0.3, 300.0)


def _tap(random: Chance) -> Wave:
    ripple = 1 + 0.4 * _noise(random, 0.5, 1.0, 30.0)
    return _noise(random, 0.2, float(random.uniform(300, 1_500))) * ripple


def _knocks(random: Chance) -> Wave:
    """Steps, a door, a hammer: few blows, each ringing in its own body."""
    body = _resonant(_noise(random, 0.3), float(random.uniform(120.0, 1_500.0)), float(random.uniform(40.0, 300.0)))
    return _bursts(random, float(random.uniform(0.8, 3.0)), float(random.uniform(0.02, 0.1)), 0.2) * body / np.std(body)


def _keys(random: Chance) -> Wave:
    return _bursts(random, float(random.uniform(3.0, 9.0)), 0.008, 0.5) * _noise(random, 0.0, 1_200.0)


def _clock(random: Chance) -> Wave:
    body = _resonant(_noise(random, 0.0), float(random.uniform(1_500.0, 4_500.0)), 400.0)
    return _bursts(random, float(random.choice([1.0, 2.0, 4.0])), 0.01, 0.005) * body / np.std(body)


def _applause(random: Chance) -> Wave:
    return _bursts(random, 45.0, 0.008, 1.0) * _noise(random, 0.2, 500.0, 6_000.0)


def _wind(random: Chance) -> Wave:
    gusts = np.interp(MOMENTS, np.linspace(0, WINDOW / RATE, 6), random.uniform(0.05, 1.0, 6))
    return _noise(random, float(random.uniform(1.0, 1.8))) * gusts


def _handling(random: Chance) -> Wave:
    """A hand or a pocket rubs the phone."""
    return _noise(random, 0.8) * _bursts(random, float(random.uniform(2.0, 8.0)), float(random.uniform(0.03, 0.2)), 0.8)


def _birds(random: Chance) -> Wave:
    sweep = np.sin(2 * np.pi * float(random.uniform(4.0, 14.0)) * MOMENTS) * float(random.uniform(0.05, 0.3))
    calls = np.minimum(_bursts(random, float(random.uniform(2.0, 6.0)), 0.06, 0.4), 1.0)
    return _partials(float(random.uniform(1_800.0, 4_500.0)), np.array([1.0, 0.1]), sweep) * calls


def _quiet(random: Chance) -> Wave:
    """A room with nobody in it, as a microphone's own noise tells it."""
    return _noise(random, 0.2) + 0.3 * _mains(random)


KINDS: dict[str, Callable[[Chance], Wave]] = {
    "tone": _tone,
    "alarm": _alarm,
    "mains": _mains,
    "music": _music,
    "drums": _drums,
    "voice": _voice,
    "babble": _babble,
    "hiss": _hiss,
    "rain": _rain,
    "tap": _tap,
    "knocks": _knocks,
    "keys": _keys,
    "clock": _clock,
    "applause": _applause,
    "wind": _wind,
    "handling": _handling,
    "birds": _birds,
    "quiet": _quiet,
}
