"""How many alerts become few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.network.incidents import (
    PROVIDER_WIDE_CELLS,
    IncidentKey,
    Trouble,
    arrange,
    bad_side,
    cause_of,
)
from monitor.network.kinds import Cause, Comparison, Kpi, Severity, Statistic

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
CELL = 0x861F5A0B7FFFFFF


def trouble(
    alert: int,
    cell: int | None = CELL,
    cause: Cause = Cause.LATENCY,
    provider: int = 7,
    severity: Severity = Severity.MINOR,
) -> Trouble:
    return Trouble(alert, provider, cell, cause, severity, NOW + timedelta(seconds=alert))


@pytest.mark.parametrize(
    ("kpi", "statistic", "comparison", "cause"),
    [
        (Kpi.LATENCY_MS, Statistic.P95, Comparison.ABOVE, Cause.LATENCY),
        (Kpi.JITTER_MS, Statistic.MEAN, Comparison.ABOVE, Cause.JITTER),
        (Kpi.PACKET_LOSS_PCT, Statistic.MEAN, Comparison.ABOVE, Cause.LOSS),
        (Kpi.DOWNLOAD_MBPS, Statistic.P50, Comparison.BELOW, Cause.SLOW_DOWNLOAD),
        (Kpi.UPLOAD_MBPS, Statistic.P50, Comparison.BELOW, Cause.SLOW_UPLOAD),
        (Kpi.SIGNAL_DBM, Statistic.MEAN, Comparison.BELOW, Cause.WEAK_SIGNAL),
        (Kpi.CONNECTED, Statistic.MEAN, Comparison.BELOW, Cause.CONNECTION),
        (Kpi.SIGNAL_DBM, Statistic.SHARE_CONNECTED, Comparison.BELOW, Cause.CONNECTION),
        (Kpi.LATENCY_MS, Statistic.COUNT, Comparison.BELOW, Cause.OUTAGE),
        (Kpi.LATENCY_MS, Statistic.COUNT, Comparison.ABOVE, Cause.UNUSUAL),
        (Kpi.DOWNLOAD_MBPS, Statistic.P50, Comparison.ABOVE, Cause.UNUSUAL),
    ],
)
def test_a_breach_names_its_cause(kpi: Kpi, statistic: Statistic, comparison: Comparison, cause: Cause) -> None:
    assert cause_of(kpi, statistic, comparison) is cause


@pytest.mark.parametrize("kpi", list(Kpi))
def test_every_kpi_has_a_bad_side(kpi: Kpi) -> None:
    assert cause_of(kpi, Statistic.MEAN, bad_side(kpi)) is not Cause.UNUSUAL


def test_alerts_of_one_area_and_cause_are_one_incident() -> None:
    incidents = arrange([trouble(2, severity=Severity.MAJOR), trouble(1)])

    assert [one.alerts for one in incidents] == [(1, 2)]
    assert incidents[0].severity is Severity.MAJOR
    assert incidents[0].since == NOW + timedelta(seconds=1)


def test_another_area_cause_or_provider_is_another_incident() -> None:
    incidents = arrange([trouble(1), trouble(2, cell=CELL + 1), trouble(3, cause=Cause.LOSS), trouble(4, provider=8)])

    assert len(incidents) == 4


def test_the_same_cause_in_many_cells_is_the_provider() -> None:
    cells = [trouble(i, cell=CELL + i) for i in range(PROVIDER_WIDE_CELLS)]

    assert [str(one.key) for one in arrange(cells)] == ["7/*/latency"]
    assert len(arrange(cells)[0].cells) == PROVIDER_WIDE_CELLS
    assert len(arrange(cells[1:])) == PROVIDER_WIDE_CELLS - 1


def test_a_few_of_very_many_cells_are_still_places() -> None:
    cells = [trouble(i, cell=CELL + i) for i in range(PROVIDER_WIDE_CELLS)]

    assert len(arrange(cells, watched_cells=100)) == PROVIDER_WIDE_CELLS


def test_a_provider_wide_incident_does_not_fall_apart_while_cells_recover() -> None:
    wide = IncidentKey(7, None, Cause.LATENCY)

    assert [one.key for one in arrange([trouble(1)], already_wide={wide})] == [wide]


def test_a_provider_wide_alert_takes_the_cells_in() -> None:
    incidents = arrange([trouble(1, cell=None), trouble(2)])

    assert [(one.key.cell, one.alerts, one.cells) for one in incidents] == [(None, (1, 2), (CELL,))]


def test_a_key_reads_like_a_path() -> None:
    assert str(IncidentKey(7, CELL, Cause.OUTAGE)) == "7/861f5a0b7ffffff/outage"


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            trouble,
            st.integers(0, 10**6),
            cell=st.one_of(st.none(), st.integers(CELL, CELL + 6)),
            cause=st.sampled_from(list(Cause)),
            provider=st.integers(1, 3),
            severity=st.sampled_from(list(Severity)),
        ),
        unique_by=lambda one: one.alert,
        max_size=40,
    ),
    st.integers(0, 30),
)
def test_every_alert_is_in_exactly_one_incident(troubles: list[Trouble], watched: int) -> None:
    incidents = arrange(troubles, watched)

    assert sorted(alert for one in incidents for alert in one.alerts) == sorted(one.alert for one in troubles)
    assert len({one.key for one in incidents}) == len(incidents)
