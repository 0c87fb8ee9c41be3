"""How long a recording of ten seconds takes to judge, and how our log-mel pictures compare with librosa's.

Run `python -m tests.bench.hearing`. Both make the same pictures of the same windows, in turn, on one thread; librosa is
warmed up, its filters cached by itself. The recording is noise over a hum: its content does not matter to the time.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["NUMBA_NUM_THREADS"] = "1"

import time
from collections.abc import Callable
from functools import cache

import librosa
import numpy as np

from ml import audio, engine, mel
from ml.model import load
from tests.bench.report import median, progress, say, table
from tests.ml.recordings import file_of, noise, tone

SECONDS = 10.0
ROUNDS = 15


def ours(windows: list[mel.Samples]) -> None:
    mel.pictures(windows)


def theirs(windows: list[mel.Samples]) -> None:
    for window in windows:
        librosa_yamnet(window)
        librosa_aisfx(window)


def librosa_yamnet(window: mel.Samples) -> mel.Samples:
    """As `mel.yamnet_picture`, but for triangles straight in hertz."""
    sizes = np.abs(librosa.stft(window, n_fft=512, hop_length=160, win_length=400, center=False))
    return np.log(sizes.T @ _yamnet_filters().T + 0.001)


@cache
def _yamnet_filters() -> mel.Samples:
    return librosa.filters.mel(sr=mel.RATE, n_fft=512, n_mels=64, fmin=125, fmax=7_500, htk=True, norm=None)


def librosa_aisfx(window: mel.Samples) -> mel.Samples:
    """As `mel.aisfx_picture`."""
    loud = librosa.resample(window, orig_sr=mel.RATE, target_sr=mel.AISFX_RATE, res_type="soxr_hq")
    powers = librosa.feature.melspectrogram(
        y=loud / max(float(np.abs(loud).max()), 1e-6),
        sr=mel.AISFX_RATE,
        n_fft=2_048,
        hop_length=1_024,
        n_mels=96,
        norm=1,
        htk=True,
        fmin=0.0,
        fmax=22_050.0,
        pad_mode="reflect",
    )
    return np.log10(1e4 * powers.T[: mel.AISFX_FRAMES] + 1.0) / mel.AISFX_PEAK


def took_ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1_000


def main() -> None:
    file = file_of(0.5 * noise(SECONDS) + tone(SECONDS, 120.0))
    samples = audio.hear(file).samples
    windows = [window for _, window in mel.windows_of(samples, engine.HOP)]
    difference = float(np.abs(mel.aisfx_picture(windows[0]) - librosa_aisfx(windows[0])).max())
    assert difference < 1e-3, f"the two do not make the same picture: {difference}"
    load("engine")
    works: dict[str, Callable[[], object]] = {
        "decode": lambda: audio.hear(file),
        "pictures": lambda: ours(windows),
        "pictures by librosa": lambda: theirs(windows),
        "whole reading": lambda: engine.read(file),
    }
    for work in works.values():
        work()
    progress(f"{ROUNDS} rounds of {SECONDS:.0f} s of sound, {len(windows)} windows")
    rounds = [{name: took_ms(work) for name, work in works.items()} for _ in range(ROUNDS)]
    ratio = median([one["pictures by librosa"] / one["pictures"] for one in rounds])
    medians = {name: median([one[name] for one in rounds]) for name in works}
    say(
        "hearing",
        {
            "recording_s": SECONDS,
            "windows": len(windows),
            "rounds": ROUNDS,
            "librosa": librosa.__version__,
            "librosa_over_ours": round(ratio, 2),
            "largest_difference": round(difference, 6),
            **{f"{name.replace(' ', '_')}_ms": round(value, 2) for name, value in medians.items()},
        },
    )
    table(
        f"A recording of {SECONDS:.0f} s on one thread, median of {ROUNDS}",
        ("step", "ms"),
        [*medians.items(), ("librosa / ours", ratio)],
    )


if __name__ == "__main__":
    main()
