"""What one process did of late, by its own counters."""

from monitor import metrics
from monitor.network.traffic import Traffics


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_counts_are_of_the_last_minutes_by_kind_and_class() -> None:
    clock = Clock()
    metrics.items.labels("stored").inc(1000)
    traffics = Traffics(clock)
    metrics.items.labels("stored").inc(7)
    metrics.items.labels("quarantined").inc(2)
    metrics.items.labels("duplicate").inc(3)
    for status, count in (("200", 4), ("304", 1), ("404", 5), ("503", 6)):
        metrics.requests.labels("GET", "/v1/kpis", status).inc(count)
    metrics.refused.labels("bad_frame").inc(8)
    clock.now += 2

    seen = traffics.recent()

    assert (seen.over_s, seen.stored_last_minute) == (2.0, 7)
    assert (seen.stored, seen.quarantined, seen.duplicates) == (7, 2, 3)
    assert (seen.succeeded, seen.refused, seen.failed, seen.messages_refused) == (5, 5, 6, 8)


def test_what_is_long_ago_is_not_counted() -> None:
    clock = Clock()
    traffics = Traffics(clock)
    metrics.items.labels("stored").inc(10)
    for _ in range(35):
        clock.now += 2
        seen = traffics.recent()
    assert (seen.stored, seen.stored_last_minute, seen.over_s) == (10, 0, 70.0)

    for _ in range(150):
        clock.now += 2
        seen = traffics.recent()
    assert (seen.stored, seen.over_s) == (0, 300.0)
