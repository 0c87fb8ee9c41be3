"""Decides from the clock alone (pure) which fault troubles which network where, and what it does to a value."""

import datetime
import random
from dataclasses import dataclass
from enum import StrEnum

PERIOD_S = 240
DURATION_S = 90
WARNING_S = 60
"""into a period before its fault begins, so that a newcomer first sees the network well"""

WIDE_SHARE = 0.2
"""of the faults that hit a whole network instead of one site"""

QUIET_HISTORY = 12
"""In what was before the demonstration began only every so many-th period has a fault."""

LATENCY_FACTOR = 6.0
LOSS_PCT = 30.0


class Kind(StrEnum):
    """What is wrong."""

    LATENCY = "latency"
    LOSS = "loss"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True)
class Fault:
    """A trouble that is made up."""

    kind: Kind
    network: int
    site: int | None
    """None: everywhere"""

    def hits(self, network: int, site: int) -> bool:
        return self.network == network and self.site in (None, site)


def fault_at(at: datetime.datetime, *, networks: int, sites: int, is_history: bool = False) -> Fault | None:
    """The fault of that moment, the same whoever asks; at most one at a time."""
    period, into = divmod(int(at.timestamp()), PERIOD_S)
    if not WARNING_S <= into < WARNING_S + DURATION_S or (is_history and period % QUIET_HISTORY):
        return None
    dice = random.Random(period)  # noqa: S311 - a demonstration, not a secret
    kind = dice.choice(list(Kind))
    network = dice.randrange(networks)
    return Fault(kind, network, None if dice.random() < WIDE_SHARE else dice.randrange(sites))


def afflict(item: dict[str, object], kind: Kind) -> dict[str, object]:
    """The measurement as it is under that fault."""
    match kind:
        case Kind.LATENCY:
            return item | {name: _worse(item.get(name)) for name in ("latency_ms", "jitter_ms") if name in item}
        case Kind.LOSS:
            return item | {"packet_loss_pct": LOSS_PCT}
        case Kind.OUTAGE:
            measured = ("download_mbps", "upload_mbps", "latency_ms", "jitter_ms", "packet_loss_pct")
            return {name: value for name, value in item.items() if name not in measured} | {"connected": False}


def _worse(value: object) -> float:
    assert isinstance(value, float)
    return min(10_000.0, value * LATENCY_FACTOR)
