"""The engine model answers as its card says, the same on every machine, and does not guess where it cannot know."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from ml import engine, mel
from ml.findings import NOT_SURE, Kind, MediaEmpty, NotThisKind, Quality, Span
from ml.model import load
from tests.ml.recordings import RATE, clicks, file_of, noise, tone

DATA = Path(os.environ.get("ROADPULSE_DATA", Path(__file__).parents[3] / "shared" / "data"))


def test_a_reading_names_classes_of_the_card_with_seconds_inside_the_recording() -> None:
    reading = engine.read(file_of(noise(4.0)))

    named = [finding for finding in reading.findings if finding.label != NOT_SURE]
    assert reading.kind is Kind.SOUND
    assert reading.model == load("engine").card.title
    assert {finding.label for finding in named} <= set(load("engine").card.classes)
    assert [finding.confidence for finding in named] == sorted((f.confidence for f in named), reverse=True)
    assert all(f.span is not None and 0 <= f.span.start_s < f.span.end_s <= 4.0 for f in named)


def test_the_same_recording_gets_the_same_reading() -> None:
    data = file_of(clicks(3.0))

    assert engine.read(data) == engine.read(data)


def test_silence_gets_no_guess() -> None:
    reading = engine.read(file_of(np.zeros(2 * RATE, np.float32)))

    assert [finding.label for finding in reading.findings] == [NOT_SURE]


def test_a_recording_too_short_to_judge_is_not_claimed() -> None:
    reading = engine.read(file_of(noise(0.6)))

    assert reading.findings[0].label == NOT_SURE
    assert len(reading.findings) > 1


@pytest.mark.parametrize(
    ("label", "problem", "first"),
    [
        ("engine_knock", "speech", NOT_SURE),
        ("not_car", "speech", "not_car"),
        ("engine_knock", "clipped", NOT_SURE),
        ("not_car", "clipped", NOT_SURE),
        ("engine_knock", "windy", "engine_knock"),
    ],
)
def test_behind_a_voice_no_engine_is_judged_and_a_spoilt_recording_not_at_all(
    label: str, problem: str, first: str
) -> None:
    card = load("engine").card
    logs = np.where(np.array(card.classes) == label, 0.0, -9.0).astype(np.float32)[None]

    findings = engine._findings(card, logs, [Span(0.0, 1.5)], Quality((problem,), ()))

    assert findings[0].label == first
    assert label in {finding.label for finding in findings[:2]}


def test_doubt_names_the_set_that_holds_the_true_class_nine_times_in_ten() -> None:
    card = load("engine").card
    chances = dict.fromkeys(card.classes, 0.0025)
    chances |= {"low_oil": 0.4, "worn_brakes": 0.3, "power_steering": 0.2, "normal_start": 0.08}
    assert card.thresholds["low_oil"] > 0.4
    assert 0.08 < card.decision["conformal_90"] < 0.2
    logs = np.log([[chances[label] for label in card.classes]]).astype(np.float32) * card.decision["temperature"]

    findings = engine._findings(card, logs, [Span(0.0, 1.5)], Quality((), ()))

    assert [finding.label for finding in findings] == [NOT_SURE, "low_oil", "worn_brakes", "power_steering"]


@pytest.mark.parametrize(
    ("samples", "confidence"),
    [(noise(3.0), 0.994), (tone(3.0, 1_000.0), 0.948), (tone(3.0), 0.985), (tone(3.0, 60.0), 0.940)],
    ids=["noise", "whistle", "tone", "hum"],
)
def test_golden_sounds_without_an_engine_are_no_car(samples: mel.Samples, confidence: float) -> None:
    first = engine.read(file_of(samples)).findings[0]

    assert first.label == "not_car"
    assert first.confidence == pytest.approx(confidence, abs=0.02)


def test_ten_seconds_are_looked_at_nine_times() -> None:
    windows = mel.windows_of(np.zeros(10 * RATE, np.float32), engine._hop(10 * RATE))

    assert len(windows) == 9


def test_the_gate_and_the_classes_of_the_card_are_those_of_the_file() -> None:
    model = load("engine")

    logs, disturbance = model.run(**mel.pictures([noise(1.5), tone(1.5)]))

    assert logs.shape == (2, len(model.card.classes))
    assert disturbance.shape == (2, 3)
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1.0, atol=1e-4)


def test_a_window_is_judged_the_same_alone_and_among_others() -> None:
    windows = [noise(1.5), clicks(1.5), tone(1.5)]

    together, _ = load("engine").run(**mel.pictures(windows))
    alone = [load("engine").run(**mel.pictures([window]))[0][0] for window in windows]

    np.testing.assert_allclose(together, np.stack(alone), atol=1e-3)


def test_a_long_recording_is_looked_at_a_limited_number_of_times() -> None:
    samples = int(110 * RATE)

    windows = mel.windows_of(np.zeros(samples, np.float32), engine._hop(samples))

    assert len(windows) <= engine.MAX_WINDOWS
    assert windows[-1][0] + mel.WINDOW == samples


def test_probabilities_of_a_whole_recording_sum_to_one() -> None:
    logs = np.log(np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]], np.float32))

    likely = engine.probabilities(logs, 1.0)

    assert likely.sum() == pytest.approx(1.0)
    assert likely.argmax() == 1


def test_what_is_no_recording_is_refused() -> None:
    with pytest.raises(NotThisKind):
        engine.read(b"not a recording " * 100)
    with pytest.raises(MediaEmpty):
        engine.read(b"")


def test_real_recordings_that_it_was_trained_on_are_mostly_known() -> None:
    """A guard against features that differ between training and running: no figure of quality."""
    manifest = DATA / "cars" / "sounds" / "manifest.csv"
    if not manifest.exists():
        pytest.skip(f"no recordings at {manifest}; ROADPULSE_DATA names their folder")
    with manifest.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["class"] in {"serpentine_belt", "bad_ignition", "low_oil"}][
            ::12
        ]

    right = [
        row["class"]
        in {finding.label for finding in engine.read((DATA / "cars" / row["file"]).read_bytes()).findings[:2]}
        for row in rows
    ]

    assert len(right) >= 12
    assert np.mean(right) >= 0.8
