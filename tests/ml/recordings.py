"""Makes recordings for tests: tones, noise, clicks, and any of them as a phone's file."""

import io

import av
import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Samples = NDArray[np.float32]


def tone(seconds: float, hertz: float = 440.0, peak: float = 0.3) -> Samples:
    moments = np.arange(int(seconds * RATE)) / RATE
    return (peak * np.sin(2 * np.pi * hertz * moments)).astype(np.float32)


def noise(seconds: float, peak: float = 0.3) -> Samples:
    samples = np.random.default_rng(1).normal(size=int(seconds * RATE))
    return (peak * samples / np.abs(samples).max()).astype(np.float32)


def clicks(seconds: float, rate_hz: float = 8.0) -> Samples:
    samples = np.zeros(int(seconds * RATE), np.float32)
    samples[:: int(RATE / rate_hz)] = 0.8
    return samples


def gusts(seconds: float) -> Samples:
    """Deep noise that comes and goes, as wind in a microphone."""
    spectrum = np.fft.rfft(np.random.default_rng(2).normal(size=int(seconds * RATE)))
    spectrum /= np.maximum(np.arange(len(spectrum)) / seconds, 5.0) ** 2
    deep = np.fft.irfft(spectrum)
    steps = np.arange(0, len(deep) + RATE, RATE // 2)
    rise = np.interp(np.arange(len(deep)), steps, np.resize([0.05, 1.0], len(steps)))
    return (0.5 * deep * rise / np.abs(deep).max()).astype(np.float32)


def file_of(samples: Samples, container: str = "wav", codec: str = "pcm_s16le", rate: int = RATE) -> bytes:
    """The samples as a file of this container and codec."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = RATE
        even = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
        for part in [*even.resample(frame), *even.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return file.getvalue()
