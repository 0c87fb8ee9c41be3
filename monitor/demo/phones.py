"""One phone of the demonstration: where it is, and what it measures at a moment."""

import datetime
import math
import random
from collections.abc import Iterator

from monitor.demo.faults import afflict, fault_at
from monitor.demo.sites import TROUBLED, Answer, band, cell_of, impossible, sites

ZONE = datetime.timezone(datetime.timedelta(hours=1))
"""Africa/Douala, which never changes its clocks"""

HISTORY = datetime.timedelta(hours=12)
HISTORY_STEP = datetime.timedelta(seconds=40)
"""a sample every so often gives each network more than the adaptive detector needs in a minute"""

IMPOSSIBLE_SHARE = 1 / 400
WANDER_DEGREES = 0.008
"""about 900 m from the middle of its site"""

APP = "demonstration 1"


class Phone:
    """A phone of one network at one site; equal seeds measure equal things."""

    def __init__(self, network: int, networks: int, carrier: str, site: int, seed: int) -> None:
        self._network = network
        self._networks = networks
        self._carrier = carrier
        self._site = site
        self._dice = random.Random(seed)  # noqa: S311 - a demonstration, not a secret
        self._band = band(site, network)

    def measure(self, at: datetime.datetime, *, is_history: bool = False) -> dict[str, object]:
        """What it finds at that moment."""
        if not is_history and self._dice.random() < IMPOSSIBLE_SHARE:
            return self._item(at, self._dice.choice(impossible()))
        item = self._item(at, self._pick(at))
        fault = fault_at(at, networks=self._networks, sites=TROUBLED, is_history=is_history)
        if fault is not None and fault.hits(self._network, self._site):
            return afflict(item, fault.kind)
        return item

    def history(self, until: datetime.datetime) -> Iterator[dict[str, object]]:
        """What it would have found in the hours before."""
        at = until - HISTORY + HISTORY_STEP * self._dice.random()
        while at < until:
            yield self.measure(at, is_history=True)
            at += HISTORY_STEP

    def _pick(self, at: datetime.datetime) -> Answer:
        """One of the site's answers: towards the worse end of them in the evening, towards the better at night."""
        middle = len(self._band) * (0.35 + 0.3 * busyness(at))
        place = self._dice.gauss(middle, len(self._band) / 5)
        return self._band[min(len(self._band) - 1, max(0, int(place)))]

    def _item(self, at: datetime.datetime, answer: Answer) -> dict[str, object]:
        latitude, longitude = self._spot()
        values = {
            "download_mbps": answer.download_mbps,
            "upload_mbps": answer.upload_mbps,
            "latency_ms": answer.latency_ms,
            "jitter_ms": answer.jitter_ms,
            "packet_loss_pct": answer.packet_loss_pct,
            "device_info": answer.device_info,
        }
        return {
            "measured_at": at,
            "carrier": self._carrier,
            "network_type": answer.network_type,
            "latitude": latitude,
            "longitude": longitude,
            "accuracy_m": 15.0,
            "connected": True,
            "app_version": APP,
        } | {name: value for name, value in values.items() if value is not None}

    def _spot(self) -> tuple[float, float]:
        """Somewhere about the middle of the site, never over the edge of its area."""
        site = sites()[self._site]
        for _ in range(10):
            latitude = round(site.latitude + self._dice.uniform(-1, 1) * WANDER_DEGREES, 5)
            longitude = round(site.longitude + self._dice.uniform(-1, 1) * WANDER_DEGREES, 5)
            if cell_of(latitude, longitude) == site.cell:
                return latitude, longitude
        return site.latitude, site.longitude


def busyness(at: datetime.datetime) -> float:
    """How much people use their phones at that hour: 0 before dawn, 1 at eight in the evening."""
    local = at.astimezone(ZONE)
    hour = local.hour + local.minute / 60
    return 0.5 + 0.5 * math.cos((hour - 20) / 24 * 2 * math.pi)
