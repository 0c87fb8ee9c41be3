"""What earlier diagnoses of a car are worth as evidence: bounded, fading, in words, and nothing without a sign."""

import datetime
import math

import pytest

from ml.knowledge import UNKNOWN_CAUSE, load
from ml.knowledge.entries import Drive
from monitor.garage.beliefs import Calibration, believe
from monitor.garage.causes import conclude
from monitor.garage.evidence import Case, Observation
from monitor.garage.histories import SOURCE, Found, Past, weight, why

KNOWN = load()
DAY = datetime.date(2026, 3, 3)
SQUEALS = Observation("symptom:belt_squeal", 0.9)


def past(found: Found, age_days: float = 0.0, cause: str = "belt_slipping") -> Past:
    return Past(cause, found, DAY, age_days)


def odds(*history: Past, cause: str = "belt_slipping") -> float:
    shares = believe(Case((SQUEALS,), history=history), KNOWN, Calibration()).probabilities
    return shares[cause] / shares[UNKNOWN_CAUSE]


@pytest.mark.parametrize(
    ("found", "factor"), [(Found.UNREPAIRED, 4), (Found.CONFIRMED, 1.5), (Found.REPAIRED, 0.5), (Found.REFUTED, 0.5)]
)
def test_an_unrepaired_fault_is_expected_again_and_a_repaired_or_refuted_one_less(found: Found, factor: float) -> None:
    assert odds(past(found)) / odds() == pytest.approx(factor)


@pytest.mark.parametrize("found", Found)
def test_what_is_long_ago_counts_less_and_in_the_end_nothing(found: Found) -> None:
    ages = [0, 30, 365, 4000]
    weights = [abs(weight(past(found, age))) for age in ages]

    assert weights == sorted(weights, reverse=True)
    assert weights[-1] < 0.001
    assert weight(past(found, -5)) == weight(past(found)), "clocks differ"


def test_the_last_word_about_a_cause_counts_alone_however_often_it_was_told() -> None:
    mended = past(Found.REPAIRED, 10)

    assert odds(past(Found.UNREPAIRED, 90), past(Found.UNREPAIRED, 60), mended) == pytest.approx(odds(mended))


def test_one_clear_sign_outweighs_a_repair() -> None:
    assert weight(past(Found.REPAIRED)) > -max(
        part.weight for part in believe(Case((SQUEALS,)), KNOWN, Calibration()).contributions["belt_slipping"]
    )


def test_an_earlier_fault_is_a_reason_in_words_and_alone_shows_nothing() -> None:
    first = conclude(Case((SQUEALS,), history=(past(Found.UNREPAIRED, 30),)), KNOWN).causes[0]
    [reason] = [reason for reason in first.reasons_for if reason.source.startswith(SOURCE)]

    assert first.cause.id == "belt_slipping"
    assert reason.why.en == "The same cause was confirmed on 3 March 2026, and not repaired."
    assert reason.why.fr == "La même cause a été confirmée le 3 mars 2026, sans être réparée."
    silent = conclude(Case(history=(past(Found.UNREPAIRED), past(Found.UNREPAIRED, cause="head_gasket"))), KNOWN)
    assert silent.causes == ()
    assert not silent.is_sure


@pytest.mark.parametrize("found", Found)
def test_every_word_is_said_in_both_languages_with_its_date(found: Found) -> None:
    told = why(Past("brake_pads", found, datetime.date(2025, 8, 1), 1))

    assert "1 August 2025" in told.en
    assert "1er août 2025" in told.fr


def test_no_repair_makes_what_forbids_driving_less_probable() -> None:
    forbidding = [cause for cause in KNOWN.causes.values() if cause.drive is Drive.STOP]
    assert forbidding

    for cause in forbidding:
        for found in (Found.REPAIRED, Found.REFUTED):
            assert odds(past(found, cause=cause.id), cause=cause.id) == pytest.approx(odds(cause=cause.id))


def test_a_cause_that_is_no_longer_known_changes_nothing() -> None:
    assert math.isclose(odds(past(Found.UNREPAIRED, cause="forgotten")), odds())
