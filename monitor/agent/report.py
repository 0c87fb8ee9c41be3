"""Tells a person what the agent is doing, and in the end what became of each measurement."""

import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec
from tqdm import tqdm

from monitor.agent.spool import Fate

WORDS = {
    Fate.STORED: "stored",
    Fate.QUARANTINED: "quarantined",
    Fate.KEPT: "kept, the answer was lost (stored or quarantined)",
    Fate.REFUSED: "refused by the server",
    Fate.DISCARDED: "discarded, the spool was full",
    Fate.UNACCOUNTED: "unaccounted for by the server's answer",
}


class Console:
    """A bar for a replay, a line for what happens; all on standard error, so that results stand alone."""

    def __init__(self, *, total: int | None, done: int = 0) -> None:
        self._bar: tqdm[Any] = tqdm(
            total=total,
            initial=done,
            unit=" measurements",
            unit_scale=True,
            mininterval=0.25,
            file=sys.stderr,
            disable=None if total is not None else True,
            dynamic_ncols=True,
        )

    def connected(self, session: str) -> None:
        self.note(f"connected (session {session})")

    def acknowledged(self, count: int) -> None:
        self._bar.update(count)

    def waiting(self, reason: str, delay_s: float) -> None:
        self.note(f"{reason}; next try in {delay_s:.1f} s")

    def note(self, text: str) -> None:
        self._bar.write(text, file=sys.stderr)

    def close(self) -> None:
        self._bar.close()


def totals(tally: Mapping[tuple[Fate, str], int]) -> dict[str, Any]:
    """The tally as one JSON object: a number for each fate, and the reasons beneath."""
    counts = dict.fromkeys(Fate, 0)
    reasons: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (fate, reason), count in sorted(tally.items()):
        counts[fate] += count
        if reason:
            reasons[fate][reason] = count
    return {fate.value: count for fate, count in counts.items()} | {"reasons": dict(reasons)}


def as_line(tally: Mapping[tuple[Fate, str], int], total: int, seconds: float) -> str:
    """One line for a script."""
    return msgspec.json.encode({"total": total, "seconds": round(seconds, 3)} | totals(tally)).decode()


def as_table(tally: Mapping[tuple[Fate, str], int], total: int, seconds: float) -> str:
    """Every measurement, by what became of it."""
    said = totals(tally)
    lines = [f"{total:>12,}  measurements in {seconds:,.1f} s ({total / max(seconds, 1e-9):,.0f} a second)"]
    for fate, words in WORDS.items():
        if said[fate.value]:
            lines.append(f"{said[fate.value]:>12,}  {words}")
            lines += [f"{count:>12,}      {reason}" for reason, count in said["reasons"].get(fate.value, {}).items()]
    missing = total - sum(said[fate.value] for fate in Fate)
    if missing:
        lines.append(f"{missing:>12,}  still in the spool")
    return "\n".join(lines)
