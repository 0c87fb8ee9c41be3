"""Sends a sound through the codecs that phones and browsers record in."""

import io
from dataclasses import dataclass

import av
import numpy as np

from ml.mel import RATE, Samples


@dataclass(frozen=True, slots=True)
class Codec:
    """How a phone writes a recording."""

    container: str
    name: str
    rate_hz: int
    bits_per_s: int


CODECS = (
    Codec("mp4", "aac", 44_100, 64_000),
    Codec("mp4", "aac", 16_000, 24_000),
    Codec("ogg", "libopus", 48_000, 24_000),
    Codec("webm", "libopus", 48_000, 12_000),
    Codec("mp3", "libmp3lame", 44_100, 64_000),
    Codec("amr", "libopencore_amrnb", 8_000, 12_200),
)


def coded(sound: Samples, codec: Codec) -> Samples:
    """A sound after this codec, at the rate and length that it had."""
    file = io.BytesIO()
    with av.open(file, "w", format=codec.container) as output:
        stream = output.add_stream(codec.name, rate=codec.rate_hz, layout="mono")
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = codec.bits_per_s
        frame = av.AudioFrame.from_ndarray(np.clip(sound, -1, 1)[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=codec.rate_hz)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as given:
        back = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
        parts = [part.to_ndarray()[0] for heard in given.decode(audio=0) for part in back.resample(heard)]
    return np.resize(np.concatenate(parts).astype(np.float32), len(sound))
