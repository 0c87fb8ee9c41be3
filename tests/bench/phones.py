"""Measurements as phones on Cameroon's roads send them: every field that a phone fills, values as they occur."""

import datetime
import math
from typing import Any

import numpy as np

CITIES = (
    (3.8480, 11.5021), (4.0511, 9.7679), (5.9631, 10.1591), (9.3077, 13.3989), (10.5956, 14.3247),
    (7.3277, 13.5847), (5.4781, 10.4176), (4.1560, 9.2316), (2.9406, 9.9105), (4.5772, 13.6846),
)  # fmt: skip
CARRIERS = ("MTN Cameroon", "Orange Cameroun", "Camtel")
NETWORK_TYPES = ("LTE", "LTE-A", "HSPA+", "5G-NSA")
PHONES = ("Samsung SM-A145F / Android 14", "TECNO KI5q / Android 13", "Xiaomi 2201117TG / Android 13")
METERS_A_DEGREE = 111_320


def drive(phone: int, count: int, until: datetime.datetime, every_s: float) -> list[dict[str, Any]]:
    """One phone's measurements along a drive that ends at `until`; the same for the same arguments."""
    random = np.random.default_rng(phone)
    latitude, longitude = CITIES[phone % len(CITIES)]
    heading = random.uniform(0, 2 * math.pi) + np.cumsum(random.normal(0, 0.05, count))
    step = 12.0 * min(every_s, 1.0) / METERS_A_DEGREE
    latitudes = np.round(latitude + np.cumsum(np.cos(heading)) * step + random.uniform(-0.05, 0.05), 6)
    longitudes = np.round(longitude + np.cumsum(np.sin(heading)) * step + random.uniform(-0.05, 0.05), 6)
    columns = (
        np.round(np.clip(random.normal(-95, 12, count), -138, -45)),
        np.round(random.gamma(1.6, 9.0, count), 2),
        np.round(random.gamma(1.4, 4.0, count), 2),
        np.round(random.lognormal(4.2, 0.5, count), 1),
        np.round(random.gamma(1.2, 6.0, count), 1),
        np.round(np.where(random.random(count) < 0.85, 0, random.uniform(0, 8, count)), 1),
        latitudes,
        longitudes,
        np.array(NETWORK_TYPES)[random.choice(4, count, p=(0.6, 0.2, 0.15, 0.05))],
    )
    names = (
        "signal_dbm", "download_mbps", "upload_mbps", "latency_ms", "jitter_ms", "packet_loss_pct", "latitude",
        "longitude", "network_type",
    )  # fmt: skip
    same = {
        "carrier": CARRIERS[phone % len(CARRIERS)],
        "device_info": PHONES[phone % len(PHONES)],
        "app_version": "1.4.2",
    }
    begin = until - datetime.timedelta(seconds=every_s * count)
    return [
        {
            "measured_at": begin + datetime.timedelta(seconds=every_s * index),
            **same,
            **dict(zip(names, row, strict=True)),
        }
        for index, row in enumerate(zip(*(column.tolist() for column in columns), strict=True))
    ]


def same_day(now: datetime.datetime, span_s: float) -> datetime.datetime:
    """An end for `span_s` seconds of measurements that all belong to one UTC day."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return now if (now - midnight).total_seconds() > span_s else midnight - datetime.timedelta(seconds=1)
