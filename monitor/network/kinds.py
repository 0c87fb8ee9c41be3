"""The closed sets of the alerting trade: what is measured, how it is judged, and what an alert can be."""

from __future__ import annotations

from enum import StrEnum


class Kpi(StrEnum):
    """What a measurement can say about the network; the unit is in the name, `connected` is a share 0..1."""

    SIGNAL_DBM = "signal_dbm"
    DOWNLOAD_MBPS = "download_mbps"
    UPLOAD_MBPS = "upload_mbps"
    LATENCY_MS = "latency_ms"
    JITTER_MS = "jitter_ms"
    PACKET_LOSS_PCT = "packet_loss_pct"
    CONNECTED = "connected"


class Statistic(StrEnum):
    """How the measurements of a window become one number."""

    MEAN = "mean"
    P50 = "p50"
    P95 = "p95"
    COUNT = "count"
    SHARE_CONNECTED = "share_connected"


class Comparison(StrEnum):
    """On which side of the threshold the trouble lies; the threshold itself is still healthy."""

    ABOVE = "above"
    BELOW = "below"


class Severity(StrEnum):
    """How much an alert matters, from worst to least."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    INFO = "info"

    @property
    def rank(self) -> int:
        """A number that is greater for what matters more."""
        return _RANKS[self]


class AlertState(StrEnum):
    """Where an alert stands, as consoles see it."""

    FIRING = "firing"
    CLEARING = "clearing"
    CLEARED = "cleared"


class AlertEvent(StrEnum):
    """What happened to an alert; on the wire it is `alert.<event>`."""

    OPENED = "opened"
    CHANGED = "changed"
    CLEARED = "cleared"


class Reason(StrEnum):
    """Why an alert opened, changed or cleared."""

    BREACH = "breach"
    RECOVERING = "recovering"
    RELAPSE = "relapse"
    RECOVERED = "recovered"
    NO_DATA = "no_data"
    FLAPPING = "flapping"
    STEADY = "steady"
    RULE_DISABLED = "rule_disabled"
    DETECTOR_DISABLED = "detector_disabled"
    WIDENED = "widened"
    """a place's alert became part of its provider's"""


class Cause(StrEnum):
    """What the trouble is, in words that an operator would use; alerts are grouped by it."""

    OUTAGE = "outage"
    SLOW_DOWNLOAD = "slow_download"
    SLOW_UPLOAD = "slow_upload"
    LATENCY = "latency"
    LOSS = "loss"
    JITTER = "jitter"
    WEAK_SIGNAL = "weak_signal"
    CONNECTION = "connection"
    UNUSUAL = "unusual"


class Certainty(StrEnum):
    """How sure the adaptive detector is of what it expects."""

    LEARNING = "learning"
    FAIR = "fair"
    SURE = "sure"


_RANKS = {Severity.CRITICAL: 3, Severity.MAJOR: 2, Severity.MINOR: 1, Severity.INFO: 0}
