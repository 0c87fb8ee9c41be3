"""Faults come by the clock, pass, and do to a measurement what they say."""

import datetime

import pytest

from monitor.demo.faults import DURATION_S, PERIOD_S, Fault, Kind, afflict, fault_at

MIDNIGHT = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
ITEM: dict[str, object] = {"carrier": "mtn", "connected": True, "latency_ms": 50.0, "jitter_ms": 9.0}


def faults_of(seconds: int, *, is_history: bool = False) -> list[Fault | None]:
    return [
        fault_at(MIDNIGHT + datetime.timedelta(seconds=second), networks=3, sites=6, is_history=is_history)
        for second in range(seconds)
    ]


def test_every_period_has_one_fault_that_passes() -> None:
    for begin in range(0, 10 * PERIOD_S, PERIOD_S):
        faults = faults_of(10 * PERIOD_S)[begin : begin + PERIOD_S]

        assert faults[0] is None
        assert faults[-1] is None
        assert len({fault for fault in faults if fault is not None}) == 1
        assert sum(fault is not None for fault in faults) == DURATION_S


def test_in_a_day_every_kind_troubles_every_network_here_and_everywhere() -> None:
    faults = {fault for fault in faults_of(86400) if fault is not None}

    assert {fault.kind for fault in faults} == set(Kind)
    assert {fault.network for fault in faults} == {0, 1, 2}
    assert {fault.site for fault in faults} == {None, 0, 1, 2, 3, 4, 5}


def test_history_is_quieter() -> None:
    assert sum(fault is not None for fault in faults_of(43200, is_history=True)) == 43200 // PERIOD_S // 12 * DURATION_S


def test_a_fault_hits_its_network_at_its_site() -> None:
    here, everywhere = Fault(Kind.LOSS, 1, 4), Fault(Kind.LOSS, 1, None)

    assert here.hits(1, 4)
    assert not here.hits(1, 5)
    assert not here.hits(2, 4)
    assert everywhere.hits(1, 5)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.LATENCY, {"carrier": "mtn", "connected": True, "latency_ms": 300.0, "jitter_ms": 54.0}),
        (Kind.LOSS, ITEM | {"packet_loss_pct": 30.0}),
        (Kind.OUTAGE, {"carrier": "mtn", "connected": False}),
    ],
)
def test_a_fault_does_what_it_says(kind: Kind, expected: dict[str, object]) -> None:
    assert afflict(ITEM, kind) == expected
