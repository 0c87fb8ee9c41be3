"""Whose trouble it is: a few places', or the provider's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.network.blame import Part, is_local
from monitor.network.kinds import Kpi
from monitor.network.scales import COUNTS, Scale, scale_of

SPEED, LATENCY, LOSS, SIGNAL = (
    scale_of(kpi) for kpi in (Kpi.DOWNLOAD_MBPS, Kpi.LATENCY_MS, Kpi.PACKET_LOSS_PCT, Kpi.SIGNAL_DBM)
)


def test_one_slow_place_that_moves_the_mean_is_its_own_trouble() -> None:
    whole, place = Part(1000, 32.0, 50.0), Part(400, 5.0, 50.0)

    assert is_local(whole, 35.0, [place], SPEED)


def test_slowness_everywhere_is_the_providers_though_one_place_shows_it_first() -> None:
    whole, place = Part(1000, 10.0, 50.0), Part(400, 9.0, 45.0)

    assert not is_local(whole, 35.0, [place], SPEED)


def test_an_outage_of_one_place_is_its_own() -> None:
    assert is_local(Part(600, 600.0, 1000.0), 800.0, [Part(0, 0.0, 400.0)], COUNTS)


def test_an_outage_everywhere_is_the_providers() -> None:
    assert not is_local(Part(0, 0.0, 1000.0), 800.0, [Part(0, 0.0, 400.0)], COUNTS)


def test_while_all_recovers_the_trouble_stays_the_places() -> None:
    assert is_local(Part(1000, 51.0, 50.0), 60.0, [Part(250, 50.5, 50.0)], LATENCY)


def test_places_that_are_nearly_all_of_the_provider_prove_nothing_of_the_rest() -> None:
    assert not is_local(Part(1000, 200.0, 60.0), 80.0, [Part(950, 205.0, 60.0)], LATENCY)


def test_nothing_explains_nothing() -> None:
    assert not is_local(Part(1000, 200.0, 60.0), 80.0, [], LATENCY)


@pytest.mark.parametrize("scale", [SPEED, LATENCY, LOSS, SIGNAL, COUNTS])
@settings(deadline=None)
@given(st.data())
def test_whatever_the_numbers_there_is_an_answer(scale: Scale, data: st.DataObject) -> None:
    parts = st.builds(Part, st.integers(0, 1000), st.floats(0, 1e4), st.floats(0, 1e4))
    whole, places = data.draw(parts), data.draw(st.lists(parts, max_size=4))

    assert is_local(whole, data.draw(st.floats(0, 1e4)), places, scale) in (True, False)
