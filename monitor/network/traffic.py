"""Says what this process did of late: the rise of its own counters over the last minutes."""

import collections
import time
from collections.abc import Callable

import msgspec
from prometheus_client import Counter

from monitor import metrics

SPAN_S = 300.0
MINUTE_S = 60.0


class Traffic(msgspec.Struct, frozen=True):
    """What one process did in the last five minutes; these begin anew with the process."""

    over_s: float
    """how far back the counts reach: 300, less just after a start"""
    stored_last_minute: int
    """measurements"""
    stored: int
    """measurements"""
    quarantined: int
    duplicates: int
    """measurements that came again"""
    succeeded: int
    """HTTP requests answered below 400"""
    refused: int
    """HTTP requests answered 400 to 499"""
    failed: int
    """HTTP requests answered 500 and above"""
    messages_refused: int
    """frames of sockets answered with an error"""


class Traffics:
    """Remembers where the counters stood; to be asked every few seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._marks = collections.deque([(clock(), _counts())])

    def recent(self) -> Traffic:
        """The last five minutes, or all since the beginning while that is less."""
        now, counts = self._clock(), _counts()
        self._marks.append((now, counts))
        while now - self._marks[0][0] > SPAN_S:
            self._marks.popleft()
        since, before = self._marks[0]
        minute = next(counted for at, counted in self._marks if now - at <= MINUTE_S)
        return Traffic(
            over_s=now - since,
            stored_last_minute=counts["stored"] - minute["stored"],
            **{name: count - before[name] for name, count in counts.items()},
        )


def _counts() -> dict[str, int]:
    """Where the counters stand, by the names that `Traffic` has for them."""
    items = _totals(metrics.items, lambda labels: labels["outcome"])
    requests = _totals(metrics.requests, lambda labels: labels["status"][0])
    frames = _totals(metrics.refused, lambda labels: "all")
    return {
        "stored": items["stored"],
        "quarantined": items["quarantined"],
        "duplicates": items["duplicate"],
        "succeeded": requests["2"] + requests["3"],
        "refused": requests["4"],
        "failed": requests["5"],
        "messages_refused": frames["all"],
    }


def _totals(counter: Counter, group: Callable[[dict[str, str]], str]) -> collections.Counter[str]:
    """This process's counts; what the others counted is not among them, unlike in /metrics."""
    totals: collections.Counter[str] = collections.Counter()
    for metric in counter.collect():
        for sample in metric.samples:
            if sample.name.endswith("_total"):
                totals[group(sample.labels)] += int(sample.value)
    return totals
