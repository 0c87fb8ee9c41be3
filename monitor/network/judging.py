"""Judges every rule against the minutes of its window, in the transaction that has just merged them."""

import dataclasses
import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from monitor import log
from monitor.network import alerts
from monitor.network.alerts import Finding
from monitor.network.histograms import percentile
from monitor.network.incidents import cause_of
from monitor.network.kinds import Comparison, Kpi, Severity, Statistic
from monitor.network.phases import Phase, State
from monitor.network.rules import Observation, Rule, advance, window_of
from monitor.store.db import Row, Transaction
from monitor.store.queries import Shelf
from monitor.values import ProviderId

_sql = Shelf("alerts")
_log = log.Log(__name__)

_SHARES = {Statistic.P50: 0.5, Statistic.P95: 0.95}
_NOTHING = Observation(None, 0, 0)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A rule with what is remembered of it, and the window it judges now."""

    rule: Rule
    state: State
    since: datetime.datetime
    until: datetime.datetime


async def judge_rules(tx: Transaction, now: datetime.datetime) -> int:
    """Moves every rule's state machine on by one look; the number of alerts that opened, changed or cleared.

    A rule that fails is logged and passed over: it must stop neither the others nor the merge.
    """
    watched = [_watch(row, now) for row in await tx.fetch(_sql["watched_rules"])]
    observed = await _observe(tx, [each for each in watched if each.rule.enabled])
    told = 0
    for each in watched:
        try:
            # A savepoint, so that what fails here does not undo the merge.
            async with tx.transaction():
                told += await _judge(tx, each, observed.get(each.rule.id, _NOTHING), now)
        except Exception as error:  # one rule's failure never stops the merge
            _log.error("rule_failed", error=error, rule=each.rule.id)
    return told


def _watch(row: Row, now: datetime.datetime) -> _Watched:
    rule = Rule(
        id=row["id"],
        provider=row["provider"],
        kpi=Kpi(row["kpi"]),
        statistic=Statistic(row["statistic"]),
        comparison=Comparison(row["comparison"]),
        threshold=row["threshold"],
        cell=row["cell"],
        generation=row["generation"],
        window_s=row["window_s"],
        for_s=row["for_s"],
        keep_firing_for_s=row["keep_firing_for_s"],
        min_samples=row["min_samples"],
        severity=Severity(row["severity"]),
        enabled=row["enabled"],
    )
    state = msgspec.convert(row["state"], State) if row["state"] is not None else State()
    return _Watched(rule, state, *window_of(rule, now))


async def _observe(tx: Transaction, watched: Sequence[_Watched]) -> dict[int, Observation]:
    """Counts and means of all windows in one question; percentiles are asked one by one when they are judged."""
    rows = await tx.fetch(
        _sql["observe"],
        [each.rule.id for each in watched],
        [each.since for each in watched],
        [each.until for each in watched],
    )
    return {
        row["id"]: Observation(row["total"] / row["samples"] if row["samples"] else None, row["samples"], 0)
        for row in rows
    }


async def _judge(tx: Transaction, each: _Watched, observation: Observation, now: datetime.datetime) -> int:
    rule = each.rule
    if rule.enabled and rule.statistic in _SHARES and observation.samples:
        observation = await _percentile(tx, each, observation.samples)
    state, transition = advance(each.state, observation, rule, now)
    if transition is not None:
        devices = await tx.fetchval(_sql["count_devices"], rule.provider, each.since, each.until, rule.cell)
        await alerts.apply(tx, _finding(rule, dataclasses.replace(observation, devices=devices)), transition)
    if state != each.state:
        if state.phase is Phase.QUIET and not state.flips:
            await tx.execute(_sql["forget_state"], rule.id)
        else:
            await tx.execute(_sql["keep_state"], rule.id, state)
    return int(transition is not None)


async def _percentile(tx: Transaction, each: _Watched, samples: int) -> Observation:
    rule, share = each.rule, _SHARES[each.rule.statistic]
    if rule.cell is not None:
        row = await tx.fetchrow(
            _sql["observe_cell"],
            rule.provider, rule.kpi.value, each.since, each.until, rule.generation, share, rule.cell,
        )  # fmt: skip
        return Observation(row["value"], row["samples"], 0)
    rows = await tx.fetch(
        _sql["observe_histogram"], rule.provider, rule.kpi.value, each.since, each.until, rule.generation
    )
    return Observation(percentile(rule.kpi, [(row["bucket"], row["n"]) for row in rows], share), samples, 0)


def _finding(rule: Rule, observation: Observation) -> Finding:
    value = observation.samples if rule.statistic is Statistic.COUNT else observation.value
    return Finding(
        provider=ProviderId(rule.provider),
        rule=rule.id,
        kpi=rule.kpi,
        statistic=rule.statistic,
        cause=cause_of(rule.kpi, rule.statistic, rule.comparison),
        severity=rule.severity,
        value=value,
        threshold=rule.threshold,
        samples=observation.samples,
        devices=observation.devices,
        cell=rule.cell,
        generation=rule.generation,
    )
