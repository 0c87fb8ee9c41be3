"""Counts what one socket does against its limits (pure): a bucket that refills, and a window of faults."""


class Bucket:
    """So many a second on average, and twice a second's worth at once."""

    __slots__ = ("_at", "_level", "_rate")

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._level = 2 * rate
        self._at = now

    def take(self, count: float, now: float) -> float:
        """Takes `count` out and gives the seconds to wait until the bucket is no longer overdrawn."""
        self._level = min(2 * self._rate, self._level + (now - self._at) * self._rate) - count
        self._at = now
        return max(0.0, -self._level / self._rate)


class Faults:
    """Invalid messages of the last seconds."""

    __slots__ = ("_most", "_times", "_window_s")

    def __init__(self, most: int, window_s: float) -> None:
        self._most = most
        self._window_s = window_s
        self._times: list[float] = []

    def is_flood(self, now: float) -> bool:
        """Counts one more; whether there were more than allowed."""
        self._times.append(now)
        while self._times[0] < now - self._window_s:
            self._times.pop(0)
        return len(self._times) > self._most
