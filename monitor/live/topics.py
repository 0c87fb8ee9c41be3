"""Names every channel once: what Redis and the outbox call it, and what clients do."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.values import AccountId


class Subject(StrEnum):
    """What a channel is about."""

    ALERTS = "alerts"
    KPIS = "kpis"
    MEASUREMENTS = "measurements"
    FEEDBACK = "feedback"
    ME = "me"
    OPS = "ops"


UPDATED = {
    Subject.KPIS: "kpi.updated",
    Subject.MEASUREMENTS: "measurement.updated",
    Subject.OPS: "ops.updated",
}
"""the one event of each latest channel"""

_STREAMS = frozenset({Subject.ALERTS, Subject.FEEDBACK, Subject.ME})


@dataclass(frozen=True, slots=True)
class Topic:
    """One channel."""

    subject: Subject
    name: str
    """in the outbox and between servers; each person's `me` has its own"""
    wire_name: str
    """as clients say it"""
    provider: str | None = None
    """the slug of the operator whose channel it is"""

    @property
    def is_stream(self) -> bool:
        """Whether nothing may be lost on it; otherwise the newest for each key is enough."""
        return self.subject in _STREAMS


OPS = Topic(Subject.OPS, "ops", "ops")


def alerts(provider: str) -> Topic:
    return _of_provider(Subject.ALERTS, provider)


def feedback(provider: str) -> Topic:
    return _of_provider(Subject.FEEDBACK, provider)


def kpis(provider: str) -> Topic:
    return _of_provider(Subject.KPIS, provider)


def measurements(provider: str) -> Topic:
    return _of_provider(Subject.MEASUREMENTS, provider)


def me(person: AccountId) -> Topic:
    return Topic(Subject.ME, f"me:{person}", "me")


def _of_provider(subject: Subject, provider: str) -> Topic:
    name = f"{subject}:{provider}"
    return Topic(subject, name, name, provider)
