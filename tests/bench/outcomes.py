"""What became of the faults that the detector was tried on: shares found, times to find, false alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitor.network.incidents import IncidentKey
from tests.bench.report import table

FOUND_WITHIN_S = 180
KINDS = ("provider", "busy cell", "quiet cell")
MILD = ("speed x0.5", "loss +5 points")


@dataclass(frozen=True, slots=True)
class Trial:
    """One fault and what became of it."""

    provider: str
    place: str
    fault: str
    found_after_s: float | None


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


def digest(trials: Sequence[Trial]) -> dict[str, float | int | None]:
    """What is said of a group of trials."""
    return {
        "trials": len(trials),
        "found_3min": share_found(trials),
        "median_s": seconds(trials, 0.5),
        "p95_s": seconds(trials, 0.95),
    }


def show(outcome: Outcome) -> None:
    """Found within three minutes and time to find, by fault and place; then false alerts by provider."""
    rows: list[tuple[object, ...]] = []
    for fault in dict.fromkeys(one.fault for one in outcome.trials):
        for kind in KINDS:
            said = digest([one for one in outcome.trials if (one.fault, one.place) == (fault, kind)])
            if said["trials"]:
                share = f"{said['found_3min']:.1%}"
                rows.append((f"{fault}, {kind}", share, said["trials"], said["median_s"], said["p95_s"]))
    table("Faults put into real traces", ("fault and place", "within 3 min", "of", "median s", "95 % s"), rows)
    false = [
        (name, len(keys), ", ".join(f"{n} {cause}" for cause, n in Counter(key.cause for key in keys).items()))
        for name, keys in outcome.false.items()
    ]
    table("False alerts on clean data", ("provider", "alerts", "causes"), false)


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
