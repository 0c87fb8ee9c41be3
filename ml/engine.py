"""Reads recordings of cars: is it a car at all, does it sound healthy, and if not, like what."""

import math

import numpy as np
from numpy.typing import NDArray

from ml import mel
from ml.audio import Disturbance, Recording, hear, judge
from ml.findings import NOT_SURE, Finding, Kind, OnQuality, Quality, Reading, Span
from ml.model import Card, load

NOT_CAR = "not_car"

GUESSES = 5
"""Findings that are told at most: below the fifth nothing was ever right by more than luck."""

MAX_WINDOWS = 40
"""Looks at one recording at most, spread evenly: two minutes of one idle tell no more than thirty seconds."""

HOP = 3 * mel.WINDOW // 4
"""Between looks at a recording; closer ones cost time and tell the same."""

BATCH = 8
"""Windows looked at together: more only costs memory."""

SPOILING = frozenset({"silent", "short", "clipped"})
"""Problems under which no verdict is given, whatever the model says."""

DROWNED = frozenset({"speech"})
"""Problems under which only `not_car` is claimed: an engine behind a voice passes for one that knocks."""

SPOKEN = 0.2
"""Score of speech from which a window is not shown: it is reached where children shout in 7 of 8 windows, and by 1 in
40 of engines alone."""


def read(data: bytes, on_quality: OnQuality | None = None) -> Reading:
    """The verdict over a whole recording, with the seconds that carried it.

    Raises: MediaError - its kinds, as `ml.audio.hear` tells.
    """
    model = load("engine")
    recording = hear(data)
    windows = mel.windows_of(recording.samples, _hop(len(recording.samples)))
    logs, disturbance = _look([window for _, window in windows])
    quality = judge(recording, Disturbance(*disturbance.mean(axis=0).tolist()))
    if on_quality is not None:
        on_quality(quality)
    if "silent" in quality.problems:
        findings: tuple[Finding, ...] = (Finding(NOT_SURE, 1.0),)
    else:
        findings = _findings(model.card, logs, [_span(start, recording) for start, _ in windows], quality)
    return Reading(kind=Kind.SOUND, quality=quality, findings=findings, model=model.card.title)


def voices(recording: Recording) -> tuple[Span, ...]:
    """The stretches in which somebody may be speaking, by time.

    Every part is listened to; half a window is added before and behind, since a window that holds less of a voice does
    not tell it.
    """
    windows = mel.windows_of(recording.samples, HOP)
    _, disturbance = _look([window for _, window in windows])
    found: list[Span] = []
    for (start, _), speech in zip(windows, disturbance[:, 0].tolist(), strict=True):
        if speech < SPOKEN:
            continue
        heard, edge_s = _span(start, recording), mel.WINDOW / mel.RATE / 2
        span = Span(max(heard.start_s - edge_s, 0.0), min(heard.end_s + edge_s, recording.duration_s))
        if found and span.start_s <= found[-1].end_s:
            found[-1] = Span(found[-1].start_s, span.end_s)
        else:
            found.append(span)
    return tuple(found)


def _hop(samples: int) -> int:
    return max(HOP, math.ceil((samples - mel.WINDOW) / (MAX_WINDOWS - 1)))


def _span(start: int, recording: Recording) -> Span:
    end = min(start + mel.WINDOW, len(recording.samples))
    return Span(start / mel.RATE, end / mel.RATE)


def _look(windows: list[mel.Samples]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Log-probabilities of the classes, and scores of speech, wind and other sounds, for each window."""
    model = load("engine")
    logs, disturbances = [], []
    for start in range(0, len(windows), BATCH):
        batch = windows[start : start + BATCH]
        log, disturbance = model.run(**mel.pictures(batch))
        logs.append(log)
        disturbances.append(disturbance)
    return np.concatenate(logs), np.concatenate(disturbances)


def probabilities(logs: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Calibrated probabilities of a whole recording, from the log-probabilities of its windows.

    Shape:  (windows, classes) -> (classes,).
    """
    whole = logs.mean(axis=0, dtype=np.float64) / temperature
    powers = np.exp(whole - whole.max())
    return np.asarray(powers / powers.sum())


def _findings(card: Card, logs: NDArray[np.float32], spans: list[Span], quality: Quality) -> tuple[Finding, ...]:
    """The classes by falling probability. Where the first one is not to be believed, `not_sure` and the 90 % set.

    The set: classes that are as likely as the true ones of nine clips in ten are, and always the likeliest.
    """
    likely = probabilities(logs, card.decision["temperature"])
    order = np.argsort(-likely, kind="stable")[:GUESSES]
    guesses = tuple(
        Finding(card.classes[index], float(likely[index]), span=_carried(logs[:, index], spans)) for index in order
    )
    first = guesses[0]
    spoiling = SPOILING if first.label == NOT_CAR else SPOILING | DROWNED
    if first.confidence >= card.thresholds[first.label] and not spoiling & set(quality.problems):
        return guesses
    others = (guess for guess in guesses[1:] if guess.confidence >= card.decision["conformal_90"])
    return (Finding(NOT_SURE, 1.0 - first.confidence), first, *others)


def _carried(logs: NDArray[np.float32], spans: list[Span]) -> Span:
    """The unbroken stretch round the window that speaks most for a class whose windows do nearly as much."""
    best = int(logs.argmax())
    enough = logs[best] - math.log(2)
    first = last = best
    while first > 0 and logs[first - 1] >= enough:
        first -= 1
    while last + 1 < len(spans) and logs[last + 1] >= enough:
        last += 1
    return Span(spans[first].start_s, spans[last].end_s)
