"""Recordings from phones: decoded whatever their name, within limits, and judged before any model is believed."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
import soxr
from av.container import InputContainer
from numpy.typing import NDArray

from ml.findings import Measure, MediaEmpty, MediaTooLarge, MediaTruncated, NotThisKind, Quality
from ml.mel import RATE, Samples

FORMATS = "wav,w64,aiff,caf,flac,mp3,aac,ogg,amr,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2"
"""Containers that are opened at all: playlists and concatenations would make the decoder open other files."""

BEGINNINGS = (b"RIFF", b"fLaC", b"OggS", b"ID3", b"#!AMR", b"\x1aE\xdf\xa3", b"FORM", b"caff")
"""How recordings begin: a file that begins so and cannot be opened was one."""

BRANDS = (b"M4A ", b"mp41", b"mp42", b"isom", b"iso2", b"3gp4", b"3gp5", b"3gp6", b"qt  ")
"""The same for the MP4 family, whose pictures (HEIC) begin alike."""

STREAMED_BYTES = 0x7FFF_0000
"""A WAV that is written while it is recorded tells a length like this until it is closed."""

MAX_SECONDS = 120.0
"""Ten seconds at idle and five at 2,000 rpm are asked for; two minutes leave room for people who talk."""

MAX_RATE = 192_000
MAX_CHANNELS = 8

MIN_SECONDS = 1.0
SILENT_DB = -60.0
"""The loudest tenth of a second of any recorded engine lies above it."""

FULL_SCALE = 0.985
CLIPPED_SHARE = 0.01
"""Above it the tops that are cut off sound like knock."""

HEARD = 0.5
"""Share from which a disturbance is said."""

WIND_HZ = 120.0
WIND_SHARE = 0.8
WIND_GUST_DB = 5.0
"""An engine is as deep as wind, but steady."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A decoded recording with what its file says about itself (place and device are not read)."""

    samples: Samples
    """Mono at 16 kHz."""
    container: str
    codec: str
    rate_hz: int
    channels: int
    clipped_share: float
    """Of the samples as recorded, before any change of rate."""

    @property
    def duration_s(self) -> float:
        return len(self.samples) / RATE


def hear(data: bytes) -> Recording:
    """The recording in a file.

    Raises: MediaEmpty - no bytes, or no sound in it; NotThisKind - no decoder knows it; MediaTruncated - it ends before
        the length that it tells, or is damaged inside; MediaTooLarge - over MAX_SECONDS.
    """
    if not data:
        raise MediaEmpty("the file is empty")
    if data.startswith(b"RIFF") and len(data) + 1_024 < int.from_bytes(data[4:8], "little") < STREAMED_BYTES:
        raise MediaTruncated("the recording is shorter than its head tells")
    try:
        container = av.open(
            io.BytesIO(data),
            container_options={"format_whitelist": FORMATS, "protocol_whitelist": ""},
            metadata_errors="ignore",
            mode="r",
        )
    except (av.FFmpegError, ValueError) as error:
        if data.startswith(BEGINNINGS) or (data[4:8] == b"ftyp" and data[8:12] in BRANDS):
            raise MediaTruncated("the recording is damaged or incomplete") from error
        raise NotThisKind("this is not a recording") from error
    with container:
        return _decode(container)


def _decode(container: InputContainer) -> Recording:
    if not container.streams.audio:
        raise NotThisKind("there is no sound in this file")
    stream = container.streams.audio[0]
    context = stream.codec_context
    rate, channels = context.sample_rate, context.channels
    if not 0 < rate <= MAX_RATE or not 0 < channels <= MAX_CHANNELS:
        raise NotThisKind("no phone records at such a rate or with so many channels")
    told_s = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    parts: list[Samples] = []
    seconds = 0.0
    try:
        for part in _parts(container, rate):
            parts.append(part)
            seconds += len(part) / rate
            if seconds > MAX_SECONDS:
                raise MediaTooLarge(f"recordings over {MAX_SECONDS:.0f} seconds are not read")
    except av.FFmpegError as error:
        raise MediaTruncated("the recording is damaged inside") from error
    if not parts:
        raise MediaEmpty("there is no sound in this file")
    if seconds < 0.9 * told_s - 0.25:
        raise MediaTruncated(f"the recording tells {told_s:.1f} seconds and holds {seconds:.1f}")
    mono = np.concatenate(parts)
    return Recording(
        samples=np.asarray(soxr.resample(mono, rate, RATE), np.float32) if rate != RATE else mono,
        container=container.format.name.split(",")[0],
        codec=context.name,
        rate_hz=rate,
        channels=channels,
        clipped_share=float(np.mean(np.abs(mono) >= FULL_SCALE)),
    )


def _parts(container: InputContainer, rate: int) -> Iterator[Samples]:
    """The sound piece by piece, mono in full scale, at the rate of the file."""
    even = av.AudioResampler(format="fltp", rate=rate)
    for frame in container.decode(audio=0):
        frame.pts = None
        for part in even.resample(frame):
            mono = part.to_ndarray().mean(axis=0, dtype=np.float32)
            yield np.nan_to_num(mono, nan=0.0, posinf=1.0, neginf=-1.0)


def level_db(samples: Samples) -> float:
    """Loudness relative to full scale; digital silence is -120."""
    return 20.0 * float(np.log10(max(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))), 1e-6)))


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Shares of a recording, 0..1, in which the model hears what is no engine. Of speech nothing else is kept."""

    speech: float
    wind: float
    other: float
    """Music, crowds, dogs, birds, rain, sirens."""


def judge(recording: Recording, heard: Disturbance) -> Quality:
    """Whether a recording can be believed."""
    levels = _levels(recording.samples)
    deep, gust = _rumble(recording.samples)
    problems = {
        "silent": float(levels.max()) < SILENT_DB,
        "short": recording.duration_s < MIN_SECONDS,
        "clipped": recording.clipped_share > CLIPPED_SHARE,
        "windy": heard.wind >= HEARD or (deep > WIND_SHARE and gust > WIND_GUST_DB),
        "speech": heard.speech >= HEARD,
        "noisy": heard.other >= HEARD,
    }
    return Quality(
        problems=tuple(name for name, holds in problems.items() if holds),
        measures=(
            Measure("duration_s", round(recording.duration_s, 3)),
            Measure("format", recording.container),
            Measure("codec", recording.codec),
            Measure("rate_hz", recording.rate_hz),
            Measure("channels", recording.channels),
            Measure("level_db", round(level_db(recording.samples), 1)),
            Measure("noise_level_db", round(float(np.percentile(levels, 10)), 1)),
            Measure("clipped_share", round(recording.clipped_share, 5)),
            Measure("speech_share", round(heard.speech, 3)),
            Measure("wind_share", round(heard.wind, 3)),
            Measure("other_share", round(heard.other, 3)),
            *_spectrum(recording.samples),
        ),
    )


def _levels(samples: Samples) -> NDArray[np.float64]:
    """Loudness of each tenth of a second, in decibels of full scale."""
    step = RATE // 10
    even = np.resize(samples, max(len(samples) // step, 1) * step).reshape(-1, step)
    return np.asarray([level_db(part) for part in even])


def _rumble(samples: Samples) -> tuple[float, float]:
    """Share of the power below WIND_HZ, and how much that part comes and goes, in decibels."""
    step = RATE // 4
    even = np.resize(samples, max(len(samples) // step, 1) * step).reshape(-1, step)
    powers = np.square(np.abs(np.fft.rfft(even, axis=1)))
    low = powers[:, : int(WIND_HZ * step / RATE)].sum(axis=1) + 1e-9
    return float(low.sum() / (powers.sum() + 1e-9)), float(np.std(10 * np.log10(low)))


def _spectrum(samples: Samples) -> tuple[Measure, ...]:
    """Where the power lies: the centre, the frequency below which 85 % of it is, the strongest line."""
    powers = np.square(np.abs(np.fft.rfft(samples))) + 1e-12
    hertz = np.linspace(0.0, RATE / 2, len(powers))
    heard = np.cumsum(powers) / powers.sum()
    return (
        Measure("centre_hz", round(float((hertz * powers).sum() / powers.sum()), 1)),
        Measure("rolloff_hz", round(float(hertz[int(np.searchsorted(heard, 0.85))]), 1)),
        Measure("strongest_hz", round(float(hertz[int(powers.argmax())]), 1)),
    )
