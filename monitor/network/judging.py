"""Judges every rule against the minutes of its window, in the transaction that has just merged them."""

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from monitor import log
from monitor.network import alerts
from monitor.network.alerts import Finding
from monitor.network.histograms import percentile
from monitor.network.incidents import cause_of
from monitor.network.kinds import Comparison, Kpi, Severity, Statistic
from monitor.network.phases import State, is_forgettable
from monitor.network.rules import Observation, Rule, Window, advance, windows_of
from monitor.store.db import Row, Transaction
from monitor.store.queries import Shelf
from monitor.values import ProviderId

_sql = Shelf("alerts")
_log = log.Log(__name__)

_SHARES = {Statistic.P50: 0.5, Statistic.P95: 0.95}
_NOTHING = Observation(None, 0, 0)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A rule with what is remembered of it, and the windows that it judges now, the running one last."""

    rule: Rule
    state: State
    is_kept: bool
    """whether the state has a row"""
    windows: list[Window]


async def judge_rules(
    tx: Transaction, now: datetime.datetime, oldest_s: int, merged_from: datetime.datetime | None
) -> int:
    """Moves every rule's state machine on by one look; the number of alerts that opened, changed or cleared.

    The transaction is the one that merged what was measured from `merged_from` on, None if there was nothing: minutes
    that it added to late are judged again, unless they ended more than `oldest_s` ago. A rule that fails is logged and
    passed over: it must stop neither the others nor the merge.
    """
    late = await _late_minutes(tx, now, merged_from, oldest_s)
    watched = [_watch(row, now, late.get(row["provider"]), oldest_s) for row in await tx.fetch(_sql["watched_rules"])]
    observed = await _observe(tx, [each for each in watched if each.rule.enabled])
    told = 0
    for each in watched:
        try:
            # A savepoint, so that what fails here does not undo the merge.
            async with tx.transaction():
                told += await _judge(tx, each, observed, now, oldest_s)
        except Exception as error:  # one rule's failure never stops the merge
            if tx.is_closed():
                raise
            _log.error("rule_failed", error=error, rule=each.rule.id)
    return told


async def _late_minutes(
    tx: Transaction, now: datetime.datetime, merged_from: datetime.datetime | None, oldest_s: int
) -> dict[int, datetime.datetime]:
    """The first closed minute of each provider that was added to."""
    begun = now.astimezone(datetime.UTC).replace(second=0, microsecond=0)
    if merged_from is None or merged_from >= begun:
        return {}
    since = max(merged_from.replace(second=0, microsecond=0), begun - datetime.timedelta(seconds=oldest_s))
    return {row["provider"]: row["at"] for row in await tx.fetch(_sql["late_minutes"], since, begun)}


def _watch(row: Row, now: datetime.datetime, late: datetime.datetime | None, oldest_s: int) -> _Watched:
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
        modified_at=row["modified_at"],
    )
    state = msgspec.convert(row["state"], State) if row["state"] is not None else State()
    return _Watched(rule, state, row["state"] is not None, windows_of(rule, now, late, oldest_s))


async def _observe(tx: Transaction, watched: Sequence[_Watched]) -> dict[tuple[int, Window], Observation]:
    """Counts and means of all windows in one question; percentiles are asked one by one when they are judged."""
    asked = [(each.rule.id, window) for each in watched for window in each.windows]
    rows = await tx.fetch(
        _sql["observe"],
        [rule for rule, _ in asked],
        [window.since for _, window in asked],
        [window.until for _, window in asked],
    )
    return {
        asked[row["place"] - 1]: Observation(
            row["total"] / row["samples"] if row["samples"] else None, row["samples"], 0
        )
        for row in rows
    }


async def _judge(
    tx: Transaction,
    each: _Watched,
    observed: Mapping[tuple[int, Window], Observation],
    now: datetime.datetime,
    oldest_s: int,
) -> int:
    rule = each.rule
    seen = [(window, observed.get((rule.id, window), _NOTHING)) for window in each.windows]
    if rule.enabled and rule.statistic in _SHARES:
        seen = [(window, await _percentile(tx, rule, window, one)) for window, one in seen]
    state, told = advance(each.state, [(window.at, one) for window, one in seen], rule, now)
    for transition in told:
        window, observation = next((one for one in seen if one[0].at >= transition.at), seen[-1])
        devices = await tx.fetchval(_sql["count_devices"], rule.provider, window.since, window.until, rule.cell)
        await alerts.apply(tx, _finding(rule, dataclasses.replace(observation, devices=devices)), transition)
    if is_forgettable(state, now, oldest_s):
        if each.is_kept:
            await tx.execute(_sql["forget_state"], rule.id)
    elif state != each.state:
        await tx.execute(_sql["keep_state"], rule.id, state)
    return len(told)


async def _percentile(tx: Transaction, rule: Rule, window: Window, counted: Observation) -> Observation:
    if not counted.samples:
        return counted
    share = _SHARES[rule.statistic]
    if rule.cell is not None:
        row = await tx.fetchrow(
            _sql["observe_cell"],
            rule.provider, rule.kpi.value, window.since, window.until, rule.generation, share, rule.cell,
        )  # fmt: skip
        return Observation(row["value"], row["samples"], 0)
    rows = await tx.fetch(
        _sql["observe_histogram"], rule.provider, rule.kpi.value, window.since, window.until, rule.generation
    )
    buckets = [(row["bucket"], row["n"]) for row in rows]
    return Observation(percentile(rule.kpi, buckets, share), counted.samples, 0)


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
