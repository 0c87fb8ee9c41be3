"""Phones measure real people's values at real places."""

import collections
import datetime

import msgspec
import pytest

from monitor.demo.phones import HISTORY, Phone, busyness
from monitor.demo.rules import rules_of
from monitor.demo.sites import BAND, TROUBLED, answers, band, cell_of, impossible, sites
from monitor.network import cells
from monitor.network.thresholds import NewRule
from monitor.wire.inbound import Item

NOON = datetime.datetime(2026, 1, 1, 11, tzinfo=datetime.UTC)


def phone(network: int = 0, site: int = 0) -> Phone:
    return Phone(network, 3, "mtn", site, seed=7)


def test_every_site_is_an_area_of_its_own_by_that_name() -> None:
    assert len({site.cell for site in sites()}) == len(sites()) >= 12
    assert all(cells.name(site.cell) == site.name for site in sites())


def test_what_a_phone_says_is_what_the_server_understands() -> None:
    items = msgspec.convert([phone().measure(NOON, is_history=True) for _ in range(200)], list[Item])

    assert {cell_of(item.latitude or 0, item.longitude or 0) for item in items} == {sites()[0].cell}
    assert all(item.signal_dbm is None for item in items)


def test_values_are_people_s_own_rows() -> None:
    real = {(answer.latency_ms, answer.download_mbps, answer.upload_mbps) for answer in answers()}
    items = [phone().measure(NOON, is_history=True) for _ in range(200)]

    assert all((item["latency_ms"], item["download_mbps"], item["upload_mbps"]) in real for item in items)


def test_every_network_has_a_level_of_its_own_everywhere() -> None:
    bands = [band(site, network) for site in range(len(sites())) for network in range(3)]

    assert all(len(one) == BAND and all(answer.is_possible for answer in one) for one in bands)
    assert len(set(bands)) > 40


def test_a_few_answers_cannot_be() -> None:
    assert len(impossible()) == 6


def test_history_ends_now_and_has_hours_behind_it() -> None:
    times = [item["measured_at"] for item in phone().history(NOON)]

    assert times == sorted(times)
    assert times[-1] < NOON
    assert times[0] - (NOON - HISTORY) < datetime.timedelta(minutes=1)


@pytest.mark.parametrize(("hour", "expected"), [(19, 1.0), (7, 0.0), (13, 0.5)])
def test_the_network_is_busiest_in_the_evening(hour: int, expected: float) -> None:
    assert busyness(NOON.replace(hour=hour)) == pytest.approx(expected)


def test_rules_are_what_the_server_takes_and_do_not_fire_by_themselves() -> None:
    rules = msgspec.convert(rules_of("mtn", 0), list[NewRule])
    latency = {rule.scope.cell: rule.threshold for rule in rules if rule.kpi == "latency_ms"}

    assert collections.Counter(rule.scope.cell is None for rule in rules) == {True: 3, False: 3 * TROUBLED}
    for number, site in enumerate(sites()[:TROUBLED]):
        usual = [answer.latency_ms or 0.0 for answer in band(number, 0)]
        assert max(usual) < latency[f"{site.cell:015x}"] < 6 * sum(usual) / len(usual)
