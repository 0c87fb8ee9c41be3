"""Names every channel once: what Redis and the outbox call it, and what clients do."""

from dataclasses import dataclass

from monitor.values import AccountId


@dataclass(frozen=True, slots=True)
class Topic:
    """One channel."""

    name: str
    """in the outbox and between servers; each person's `me` has its own"""
    wire_name: str
    """as clients say it"""
    is_stream: bool
    """whether nothing may be lost on it; otherwise the newest for each key is enough"""


OPS = Topic("ops", "ops", is_stream=False)


def alerts(provider: str) -> Topic:
    return _of_provider("alerts", provider, is_stream=True)


def feedback(provider: str) -> Topic:
    return _of_provider("feedback", provider, is_stream=True)


def kpis(provider: str) -> Topic:
    return _of_provider("kpis", provider, is_stream=False)


def measurements(provider: str) -> Topic:
    return _of_provider("measurements", provider, is_stream=False)


def me(person: AccountId) -> Topic:
    return Topic(f"me:{person}", "me", is_stream=True)


def _of_provider(subject: str, provider: str, *, is_stream: bool) -> Topic:
    name = f"{subject}:{provider}"
    return Topic(name, name, is_stream)
