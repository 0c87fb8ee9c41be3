"""Judges closed minutes of all series at once and says which incidents they make (pure)."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from monitor.network import baseline as baselines
from monitor.network.baseline import Baseline, Judgement, Minute
from monitor.network.incidents import Incident, IncidentKey, Trouble, arrange, bad_side, cause_of, is_provider_wide
from monitor.network.kinds import Cause, Comparison, Kpi, Severity, Statistic
from monitor.network.phases import Patience, Phase, State, step
from monitor.network.scales import scale_of

ROWS = "rows"
"""The series of counts: measurements a minute of whatever kind."""

WHOLE = 0
"""The cell of a provider as a whole."""

PATIENCE = Patience(window_s=180, for_s=0, keep_firing_for_s=120)
"""The baseline itself wants two of three minutes, so nothing more is waited for; it lingers for two calm minutes."""

_MAJOR_SCORE = 2.0
"""A trouble at twice the limit is major."""


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """What one baseline is about."""

    provider: int
    cell: int
    """H3 index of resolution 6; WHOLE for the provider"""
    kpi: str
    """a Kpi, or ROWS"""


@dataclass(frozen=True, slots=True)
class Series:
    """What is known of one series after its latest minute."""

    judged_until: datetime.datetime
    baseline: Baseline
    state: State
    judgement: Judgement | None = None
    minute: Minute | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """What one place measured in one minute."""

    rows: int
    kpis: Mapping[Kpi, tuple[int, float]]
    """samples and their sum"""


def judge_minute(
    known: Mapping[SeriesKey, Series],
    at: datetime.datetime,
    places: Mapping[tuple[int, int], Sums],
    least_samples: int,
) -> dict[SeriesKey, Series]:
    """The series that one closed minute moves, `places` by provider and cell; known places it says nothing of were
    silent. A kpi with fewer than `least_samples` in the minute proves nothing."""
    moved: dict[SeriesKey, Series] = {}
    counted = {(key.provider, key.cell) for key in known if key.kpi == ROWS} | set(places)
    for provider, cell in counted:
        sums = places.get((provider, cell), Sums(0, {}))
        minutes: dict[str, Minute] = {ROWS: Minute(int(at.timestamp()), sums.rows, float(sums.rows))}
        for kpi, (samples, total) in sums.kpis.items():
            if samples >= least_samples:
                minutes[kpi.value] = Minute(int(at.timestamp()), samples, total / samples)
        for kpi in Kpi:
            # A series that holds an alert must see silence too, or it would never let go.
            series = known.get(SeriesKey(provider, cell, kpi))
            if kpi.value not in minutes and series is not None and series.state.is_open:
                minutes[kpi.value] = Minute(int(at.timestamp()), 0, None)
        for name, minute in minutes.items():
            key = SeriesKey(provider, cell, name)
            moved[key] = _judge_one(known.get(key), name, minute, at)
    return moved


def incidents(known: Mapping[SeriesKey, Series], already_wide: Iterable[IncidentKey]) -> list[Incident]:
    """What the open series make together: places' troubles, or the provider's when they are many."""
    troubles: dict[int, list[Trouble]] = defaultdict(list)
    watched: dict[int, set[int]] = defaultdict(set)
    for index, (key, series) in enumerate(known.items()):
        if key.cell != WHOLE:
            watched[key.provider].add(key.cell)
        if series.state.is_open and series.state.opened_at is not None:
            cell = None if key.cell == WHOLE else key.cell
            cause = _cause(key.kpi)
            troubles[key.provider].append(
                Trouble(index, key.provider, cell, cause, _severity(cause, series, cell), series.state.opened_at)
            )
    wide = frozenset(already_wide)
    return [
        incident
        for provider, of_provider in sorted(troubles.items())
        for incident in arrange(_local(of_provider, len(watched[provider]), wide), len(watched[provider]), wide)
    ]


def worst(known: Mapping[SeriesKey, Series], incident: Incident) -> tuple[SeriesKey, Series]:
    """The series that speaks for an incident: the place's own, or the one furthest from usual."""
    listed = list(known.items())
    members = [listed[index] for index in incident.alerts]
    return max(members, key=lambda one: (one[0].cell == (incident.key.cell or WHOLE), _score(one[1])))


def is_fading(known: Mapping[SeriesKey, Series], incident: Incident) -> bool:
    """Whether every series of an incident is on its way back."""
    listed = list(known.values())
    return all(listed[index].state.phase is Phase.CLEARING for index in incident.alerts)


def what(key: SeriesKey) -> tuple[Kpi, Statistic, Comparison]:
    """What a series measures, in the words of rules, and on which side its trouble lies."""
    if key.kpi == ROWS:
        return Kpi.CONNECTED, Statistic.COUNT, Comparison.BELOW
    kpi = Kpi(key.kpi)
    statistic = Statistic.SHARE_CONNECTED if kpi is Kpi.CONNECTED else Statistic.MEAN
    return kpi, statistic, bad_side(kpi)


def _judge_one(series: Series | None, name: str, minute: Minute, at: datetime.datetime) -> Series:
    known = series or Series(at, baselines.new_baseline(), State())
    scale = scale_of(Kpi.CONNECTED, Statistic.COUNT) if name == ROWS else scale_of(Kpi(name))
    baseline, judgement = baselines.judge(known.baseline, scale, minute)
    closed_at = at + datetime.timedelta(minutes=1)
    state, _ = step(known.state, judgement.evidence, PATIENCE, closed_at)
    return replace(known, judged_until=closed_at, baseline=baseline, state=state, judgement=judgement, minute=minute)


def _local(troubles: list[Trouble], watched: int, wide: Collection[IncidentKey]) -> list[Trouble]:
    """Without the provider's own troubles that a few places explain: one bad place moves the whole's mean too."""
    places: dict[Cause, list[Trouble]] = defaultdict(list)
    for trouble in troubles:
        if trouble.cell is not None:
            places[trouble.cause].append(trouble)
    return [
        trouble
        for trouble in troubles
        if trouble.cell is not None
        or trouble.key in wide
        or not places[trouble.cause]
        or is_provider_wide(places[trouble.cause], watched)
    ]


def _cause(kpi: str) -> Cause:
    return Cause.OUTAGE if kpi == ROWS else cause_of(Kpi(kpi), Statistic.MEAN, bad_side(Kpi(kpi)))


def _severity(cause: Cause, series: Series, cell: int | None) -> Severity:
    if cause is Cause.OUTAGE:
        return Severity.CRITICAL if cell is None else Severity.MAJOR
    is_far = _score(series) >= _MAJOR_SCORE
    if cell is None:
        return Severity.CRITICAL if is_far else Severity.MAJOR
    return Severity.MAJOR if is_far else Severity.MINOR


def _score(series: Series) -> float:
    return series.judgement.score if series.judgement else 0.0
