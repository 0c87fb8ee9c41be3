"""Counts what operations want to know; Prometheus reads it at /metrics.

Several server processes share one port, so a scrape reaches any one of them. The supervisor therefore names a folder in
PROMETHEUS_MULTIPROC_DIR, empty at first, before it starts them: each process keeps its numbers there in mapped files,
and whichever is asked answers for all. Without that variable a process answers for itself.
"""

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

CONTENT_TYPE = CONTENT_TYPE_LATEST
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_QUICK_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW_S = (*_QUICK_S, 30.0, 60.0)
_AGES_S = (
    0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 1.75, 2.0, 5.0, 60.0,
)  # fmt: skip
"""fine where the promise of a second lies"""
_ROWS = (1, 10, 50, 100, 250, 500, 1000, 2000, 4000, 8000)

REGISTRY = CollectorRegistry()

sockets = Gauge("roadpulse_sockets", "Sockets open now", ["kind"], registry=REGISTRY, multiprocess_mode="livesum")
"""kind: device, or the account's role"""
frames = Counter("roadpulse_frames", "Frames received", ["verb"], registry=REGISTRY)
items = Counter("roadpulse_items", "Measurements that came in", ["outcome"], registry=REGISTRY)
"""outcome: stored, quarantined, duplicate"""
flush_seconds = Histogram("roadpulse_flush_seconds", "One ingest transaction", registry=REGISTRY, buckets=_QUICK_S)
flush_rows = Histogram("roadpulse_flush_rows", "Rows in one ingest transaction", registry=REGISTRY, buckets=_ROWS)
ingest_waiting = Gauge(
    "roadpulse_ingest_waiting", "Rows on their way into the database", registry=REGISTRY, multiprocess_mode="livesum"
)
merge_age = Histogram(
    "roadpulse_merge_age_seconds",
    "From a flush's commit to the commit of the roll-ups that hold it",
    registry=REGISTRY,
    buckets=_AGES_S,
)
transitions = Counter("roadpulse_alerts", "Alerts opened, changed and cleared", ["event"], registry=REGISTRY)
closed = Counter("roadpulse_sockets_closed", "Sockets that the server closed", ["code"], registry=REGISTRY)
refused = Counter("roadpulse_messages_refused", "Frames answered with an error", ["code"], registry=REGISTRY)
step_seconds = Histogram("roadpulse_merge_step_seconds", "One step of the merger", registry=REGISTRY, buckets=_QUICK_S)
merger_age = Gauge(
    "roadpulse_merger_age_seconds",
    "How long the oldest batch not yet in the roll-ups has waited",
    registry=REGISTRY,
    multiprocess_mode="livemostrecent",
)
queue_age = Gauge(
    "roadpulse_outbox_age_seconds",
    "How long the oldest event not yet published has waited",
    registry=REGISTRY,
    multiprocess_mode="livemostrecent",
)
bus_reconnects = Counter("roadpulse_bus_reconnects", "Times the link to Redis came back", registry=REGISTRY)
slow_readers_cut = Counter("roadpulse_slow_readers_cut", "Sockets closed 4008", registry=REGISTRY)
jobs_open = Gauge(
    "roadpulse_jobs", "Jobs by kind and state", ["kind", "state"], registry=REGISTRY, multiprocess_mode="livemostrecent"
)
"""state: waiting, running, parked"""
jobs_age = Gauge(
    "roadpulse_jobs_age_seconds",
    "How long the oldest job that is due has waited for a worker",
    ["kind"],
    registry=REGISTRY,
    multiprocess_mode="livemostrecent",
)
job_seconds = Histogram(
    "roadpulse_job_seconds", "From taking a job to its end", ["kind", "outcome"], registry=REGISTRY, buckets=_SLOW_S
)
"""outcome: done, given_back, parked, or taken (by another worker meanwhile)"""
reading_seconds = Histogram(
    "roadpulse_reading_seconds", "A file's decoding and its model", ["kind"], registry=REGISTRY, buckets=_SLOW_S
)
readers_replaced = Counter(
    "roadpulse_readers_replaced", "Reading processes that ended and were replaced", ["reason"], registry=REGISTRY
)
"""reason: died, slow"""
uploads = Counter("roadpulse_uploads", "Uploads by their door", ["door", "event"], registry=REGISTRY)
"""event: begun (or gone on with), stored, known (was there already)"""
uploads_refused = Counter("roadpulse_uploads_refused", "Uploads refused", ["door", "reason"], registry=REGISTRY)
"""door: socket, tus, or examination, of files that came in whole; reason: the error's code"""
upload_bytes = Counter("roadpulse_upload_bytes", "Bytes of uploads that were kept", ["door"], registry=REGISTRY)
requests = Counter("roadpulse_requests", "HTTP requests", ["method", "route", "status"], registry=REGISTRY)
request_seconds = Histogram(
    "roadpulse_request_seconds", "HTTP requests", ["route"], registry=REGISTRY, buckets=_QUICK_S
)
database_connections = Gauge(
    "roadpulse_database_connections",
    "Connections of the pools",
    ["pool", "state"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
"""state: busy, idle"""


def exposition() -> bytes:
    """All numbers as Prometheus reads them."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return generate_latest(REGISTRY)
    _forget_dead(Path(folder))
    gathered = CollectorRegistry()
    MultiProcessCollector(gathered)  # type: ignore[no-untyped-call]
    return generate_latest(gathered)


def _forget_dead(folder: Path) -> None:
    """Takes the sockets and connections of processes that are no more out of the sums; what they counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]
        except PermissionError:
            pass  # alive, another account's
