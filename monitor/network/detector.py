"""Judges closed minutes of all series at once and says which incidents they make (pure)."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.network import baseline as baselines
from monitor.network.baseline import Baseline, Judgement, Minute
from monitor.network.blame import Part, is_local
from monitor.network.incidents import Incident, IncidentKey, Trouble, arrange, bad_side, cause_of, is_provider_wide
from monitor.network.kinds import Cause, Comparison, Kpi, Severity, Statistic
from monitor.network.phases import Patience, Phase, State, step
from monitor.network.scales import COUNTS, Scale, scale_of

ROWS = "rows"
"""The series of counts: measurements a minute of whatever kind."""

WHOLE = 0
"""The cell of a provider as a whole."""

PATIENCE = Patience(window_s=180, for_s=0, keep_firing_for_s=120)
"""The baseline itself wants two of three minutes, so nothing more is waited for; it lingers for two calm minutes."""

_WATCHED_ROWS = 10.0
"""Measurements a minute from which a place counts when it is asked whether most places are in trouble."""

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
    kpis: Mapping[Kpi, tuple[int, float, float]]
    """samples, their sum and the sum of their squares"""


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
        for kpi, (samples, total, squares) in sums.kpis.items():
            if samples >= least_samples:
                minutes[kpi.value] = Minute(
                    int(at.timestamp()), samples, total / samples, _breadth(samples, total, squares)
                )
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
        if key.cell != WHOLE and key.kpi == ROWS and _expected(series) >= _WATCHED_ROWS:
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
        for incident in arrange(
            _blamed(of_provider, list(known.items()), len(watched[provider]), wide), len(watched[provider]), wide
        )
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


def is_flapping(known: Mapping[SeriesKey, Series], incident: Incident) -> bool:
    """Whether a series of an incident came and went so often that it is held open."""
    listed = list(known.values())
    return any(listed[index].state.flapping for index in incident.alerts)


def what(key: SeriesKey) -> tuple[Kpi, Statistic, Comparison]:
    """What a series measures, in the words of rules, and on which side its trouble lies."""
    if key.kpi == ROWS:
        return Kpi.CONNECTED, Statistic.COUNT, Comparison.BELOW
    kpi = Kpi(key.kpi)
    statistic = Statistic.SHARE_CONNECTED if kpi is Kpi.CONNECTED else Statistic.MEAN
    return kpi, statistic, bad_side(kpi)


def _breadth(samples: int, total: float, squares: float) -> float:
    return min(1.0, max(1 / samples, total * total / (samples * squares))) if squares > 0 else 1.0


def _judge_one(series: Series | None, name: str, minute: Minute, at: datetime.datetime) -> Series:
    known = series or Series(at, baselines.new_baseline(), State())
    baseline, judgement = baselines.judge(known.baseline, _scale(name), minute)
    closed_at = at + datetime.timedelta(minutes=1)
    state, _ = step(known.state, judgement.evidence, PATIENCE, closed_at)
    return replace(known, judged_until=closed_at, baseline=baseline, state=state, judgement=judgement, minute=minute)


def _blamed(
    troubles: list[Trouble], listed: Sequence[tuple[SeriesKey, Series]], watched: int, wide: Collection[IncidentKey]
) -> list[Trouble]:
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
        or is_provider_wide(places[trouble.cause], watched)
        or not _is_local(listed[trouble.alert], [listed[place.alert] for place in places[trouble.cause]])
    ]


def _is_local(whole: tuple[SeriesKey, Series], places: Sequence[tuple[SeriesKey, Series]]) -> bool:
    key, series = whole
    parts = [_part(one) for place, one in places if place.kpi == key.kpi and one.judged_until == series.judged_until]
    part, scale = _part(series), _scale(key.kpi)
    edge = _edge(series, scale)
    if part is None or edge is None:
        return False
    return is_local(part, edge, [one for one in parts if one is not None], scale)


def _part(series: Series) -> Part | None:
    minute, judgement = series.minute, series.judgement
    if minute is None or minute.value is None or judgement is None or judgement.expected is None:
        return None
    return Part(minute.samples, minute.value, judgement.expected)


def _edge(series: Series, scale: Scale) -> float | None:
    if series.judgement is None:
        return None
    return series.judgement.high if scale.bad is Comparison.ABOVE else series.judgement.low


def _expected(series: Series) -> float:
    expected = series.judgement.expected if series.judgement else None
    return 0.0 if expected is None else expected


def _scale(kpi: str) -> Scale:
    return COUNTS if kpi == ROWS else scale_of(Kpi(kpi))


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
