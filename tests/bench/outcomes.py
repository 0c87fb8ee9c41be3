"""What became of the faults that the detector was tried on: shares found, times to find, false alerts."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitor.network.incidents import IncidentKey
from tests.bench.report import table

FOUND_WITHIN_S = 180
KINDS = ("provider", "busy cell", "quiet cell")
ROW_STEPS = (0, 1, 5, 15, 40, 1000)
MILD = ("speed x0.5", "loss +5 points")


@dataclass(frozen=True, slots=True)
class Trial:
    """One fault and what became of it."""

    provider: str
    place: str
    fault: str
    found_after_s: float | None
    rows: int
    """that the place had within three minutes, or would have had but for an outage"""
    is_beyond_calm: bool
    """whether those rows, taken together, were worse than every calm stretch of the place"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that was tried and seen."""

    trials: list[Trial]
    early: list[Trial]
    """the same within the second and third hour of a provider that the detector had never seen"""
    false: dict[str, list[IncidentKey]]
    provider_days: float
    judged: int
    judging_s: float


def share_found(trials: Sequence[Trial]) -> float | None:
    """Of the trials, those found within three minutes; None without any."""
    soon = [one.found_after_s is not None and one.found_after_s <= FOUND_WITHIN_S for one in trials]
    return round(sum(soon) / len(soon), 3) if soon else None


def seconds(trials: Sequence[Trial], quantile: float) -> float | None:
    """Time to find, of those found at all."""
    times = [one.found_after_s for one in trials if one.found_after_s is not None]
    return round(float(np.quantile(times, quantile)), 1) if times else None


def share_beyond_calm(trials: Sequence[Trial]) -> float | None:
    """Of the trials, those that could be told from calm at all; None without any."""
    return round(sum(one.is_beyond_calm for one in trials) / len(trials), 3) if trials else None


def rows_seen(trials: Sequence[Trial]) -> int | None:
    """Half of the trials had at least so many rows; None without any."""
    return int(np.median([one.rows for one in trials])) if trials else None


def digest(trials: Sequence[Trial]) -> dict[str, float | int | None]:
    """What is said of a group of trials."""
    return {
        "trials": len(trials),
        "found_3min": share_found(trials),
        "median_s": seconds(trials, 0.5),
        "p95_s": seconds(trials, 0.95),
        "beyond_calm": share_beyond_calm(trials),
    }


def show(outcome: Outcome) -> None:
    """Found within three minutes and time to find, by fault and place; then false alerts by provider."""
    rows: list[tuple[object, ...]] = []
    for fault in dict.fromkeys(one.fault for one in outcome.trials):
        for kind in KINDS:
            tried = [one for one in outcome.trials if (one.fault, one.place) == (fault, kind)]
            said = digest(tried)
            if said["trials"]:
                shares = f"{said['found_3min']:.1%}", f"{said['beyond_calm']:.1%}"
                rows.append(
                    (f"{fault}, {kind}", *shares, rows_seen(tried), len(tried), said["median_s"], said["p95_s"])
                )
    head = ("fault and place", "within 3 min", "beyond calm", "rows", "of", "median s", "95 % s")
    table("Faults put into real traces", head, rows)
    _show_quiet([one for one in outcome.trials if one.place == "quiet cell"])
    false = [
        (name, len(keys), ", ".join(f"{n} {cause}" for cause, n in Counter(key.cause for key in keys).items()))
        for name, keys in outcome.false.items()
    ]
    table("False alerts on clean data", ("provider", "alerts", "causes"), false)


def _show_quiet(trials: Sequence[Trial]) -> None:
    """What was found in quiet cells by how much there was to go by."""
    rows: list[tuple[object, ...]] = []
    for least, most in itertools.pairwise(ROW_STEPS):
        tried = [one for one in trials if least <= one.rows < most]
        if tried:
            shares = f"{share_found(tried):.1%}", f"{share_beyond_calm(tried):.1%}"
            rows.append((f"{least} to {most - 1}", *shares, len(tried)))
    table("Quiet cells by rows within 3 min", ("rows", "within 3 min", "beyond calm", "of"), rows)


def summary(outcome: Outcome) -> dict[str, object]:
    """The numbers of the JSON line."""
    places = [one for one in outcome.trials if one.place != "quiet cell"]
    clear = [one for one in places if one.fault not in MILD]
    false = sum(len(keys) for keys in outcome.false.values())
    return {
        "clear_faults": digest(clear),
        "all_faults": digest(places),
        "by_kind": {
            kind: digest([one for one in places if one.fault.startswith(kind)])
            for kind in ("outage", "speed", "latency", "loss")
        },
        "by_place": {kind: digest([one for one in outcome.trials if one.place == kind]) for kind in KINDS},
        "first_hours": digest([one for one in outcome.early if one.place != "quiet cell" and one.fault not in MILD]),
        "false_alerts_a_provider_day": round(false / outcome.provider_days, 2),
        "provider_days": outcome.provider_days,
        "judged": outcome.judged,
        "judge_us": round(1e6 * outcome.judging_s / outcome.judged, 1),
    }
