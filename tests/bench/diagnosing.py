"""How long a driver waits for a diagnosis, against decoding and model alone in one process.

A driver on a socket sends a file, asks for a diagnosis of it, and gets the result pushed: counted from the file's last
byte to the push, with server, worker (one reader), PostgreSQL and Valkey as `roadpulse run` has them. In turn with each
a bare process that does nothing else reads the same file by the same code; words alone it understands and concludes
from. Then many are sent at once: the worker's throughput against the bare process's for the same files. Both read with
one process and one thread.
"""

import argparse
import asyncio
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from monitor.people import accounts, sessions
from monitor.people.tokens import open_keys
from monitor.store.db import open_database
from monitor.values import AccountId, Role, Viewer
from monitor.wire.people import NewAccount
from tests.bench import report
from tests.bench.ground import PASSWORD, REPOSITORY, Ground, prepared, running, serving
from tests.bench.processes import resident_bytes

DESCRIPTION = "The oil light came on yesterday, it ticks at idle and smells of oil"
AIM_RATIO, AIM_SPARE_MS, AIM_SHARE = 1.3, 20.0, 0.9
LIMIT_S = 300.0
ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m tests.bench diagnosing", description=__doc__)
    parser.add_argument("--files", type=int, default=12, help="of each kind, sent one after the other (default: 12)")
    parser.add_argument("--crowd", type=int, default=16, help="photos sent at once (default: 16)")
    arguments = parser.parse_args(words)
    photos, sounds = _photos(), _sounds()
    with prepared() as ground, _bare() as bare:
        media = {"media_url": (ground.folder / "media").as_uri()}
        with serving(ground, **media) as served, _working(ground, served.port, media) as (worker, cold_s):
            waits = {
                kind: asyncio.run(_one_by_one(ground, served.port, bare, kind, files[: arguments.files]))
                for kind, files in (("dashboard", photos), ("sound", sounds), ("words", [None] * arguments.files))
            }
            crowd = photos[: arguments.crowd]
            # Before and after: on a busy machine the two would otherwise be measured at different speeds.
            before_s = sum(bare.read("dashboard", file) for file in crowd) / 1000
            ours_s = asyncio.run(_at_once(ground, served.port, crowd))
            bare_s = (before_s + sum(bare.read("dashboard", file) for file in crowd) / 1000) / 2
            memory = _memory(worker)
        bare_bytes = resident_bytes(bare.process.pid)
    _tell(waits, len(crowd), bare_s / ours_s, ours_s, memory, bare_bytes, cold_s, bare.cold_s)


@dataclass(frozen=True, slots=True)
class Waits:
    """One file after the other, milliseconds."""

    ours: list[float]
    bare: list[float]


class Bare:
    """A process that reads and nothing else."""

    def __init__(self) -> None:
        started = time.perf_counter()
        command = [sys.executable, "-m", "tests.bench.bare_reading"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, env=os.environ | ALONE
        )
        for kind, given in (("dashboard", _photos()[-1]), ("sound", _sounds()[-1]), ("words", DESCRIPTION)):
            self.read(kind, given)
        self.cold_s = time.perf_counter() - started

    def read(self, kind: str, given: Path | str) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(kind, given, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


@contextmanager
def _bare() -> Iterator[Bare]:
    bare = Bare()
    try:
        yield bare
    finally:
        bare.process.kill()
        bare.process.wait()


@contextmanager
def _working(ground: Ground, port: int, settings: dict[str, str]) -> Iterator[tuple[int, float]]:
    """A worker with one reader; its process id, and how long it took to come up."""
    environment = ground.environment | {f"ROADPULSE_{name.upper()}": value for name, value in settings.items()}
    log = ground.folder / "work.log"
    command = [sys.executable, "-m", "monitor", "work", "--processes", "1"]
    started = time.perf_counter()
    with running(command, environment | {"ROADPULSE_LOG_LEVEL": "info"}, log) as pid:
        while '"working"' not in log.read_text():
            if time.perf_counter() - started > LIMIT_S:
                raise TimeoutError(log.read_text()[-3000:])
            time.sleep(0.01)
        yield pid, time.perf_counter() - started


async def _one_by_one(ground: Ground, port: int, bare: Bare, kind: str, files: Sequence[Path | None]) -> Waits:
    ours, alone = [], []
    async with aiohttp.ClientSession() as http:
        driver = await Driver.come(http, port, await _token(ground, kind))
        for number, file in enumerate(files):
            report.progress(f"{kind} {number + 1} of {len(files)}")
            alone.append(await asyncio.to_thread(bare.read, kind, file or DESCRIPTION))
            ours.append(await driver.wait_for(kind, file) * 1000)
    waits = Waits(ours, alone)
    report.progress(f"{kind}: {waits}")
    return waits


async def _at_once(ground: Ground, port: int, files: Sequence[Path]) -> float:
    """Seconds from the first file's first byte to the last result, each of a driver of its own."""
    report.progress(f"{len(files)} photos at once")
    # Signing in takes long on purpose; a socket that nobody listens to meanwhile would be closed.
    tokens = [await _token(ground, f"crowd-{number}") for number in range(len(files))]
    async with aiohttp.ClientSession() as http:
        drivers = [await Driver.come(http, port, token) for token in tokens]
        started = time.perf_counter()
        await asyncio.gather(*(driver.wait_for("dashboard", file) for driver, file in zip(drivers, files, strict=True)))
        return time.perf_counter() - started


class Driver:
    """Somebody with a phone."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    @classmethod
    async def come(cls, http: aiohttp.ClientSession, port: int, token: str) -> "Driver":
        address = f"http://127.0.0.1:{port}/v1/stream"
        driver = cls(await http.ws_connect(address, protocols=["roadpulse.v1.json"], max_msg_size=0))
        await driver._say("connect", token=token)
        await driver._say("subscribe", channel="me")
        return driver

    async def wait_for(self, kind: str, file: Path | None) -> float:
        """Seconds from the last byte of the file, or from the question, to the result."""
        asked: dict[str, Any] = {"language": "en"}
        if file is None:
            asked["description"] = DESCRIPTION
            last_byte = time.perf_counter()
        else:
            media, last_byte = await self._send(kind, await asyncio.to_thread(file.read_bytes))
            asked["media"] = [media]
        opened = await self._say("diagnose", **asked)
        ended = await self._event("diagnosis.concluded", "diagnosis.failed")
        took_s = time.perf_counter() - last_byte
        assert ended["data"]["state"] == "concluded", ended
        assert ended["data"]["id"] == opened["diagnosis"]
        return took_s

    async def _send(self, kind: str, data: bytes) -> tuple[str, float]:
        sha256 = hashlib.sha256(data).hexdigest()
        content_type = "audio/flac" if kind == "sound" else "image/jpeg"
        begun = await self._say("media", kind=kind, content_type=content_type, bytes=len(data), sha256=sha256)
        head = begun["upload"].to_bytes(4, "big")
        credit = offset = 0
        while offset < len(data):
            while offset >= credit + 262_144:
                credit = (await self._event("media.offset"))["data"]["offset"]
            piece = data[offset : min(offset + 65_536, credit + 262_144)]
            await self._socket.send_bytes(head + offset.to_bytes(8, "big") + piece)
            offset += len(piece)
        last_byte = time.perf_counter()
        await self._event("media.stored")
        return begun["media"], last_byte

    async def _say(self, verb: str, **body: object) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_str(msgspec.json.encode({"id": self._number, verb: body}).decode())
        while (said := await self._read()).get("id") != self._number:
            assert "push" in said, said
        assert verb in said, said
        return dict(said[verb])

    async def _event(self, *names: str) -> dict[str, Any]:
        """The next one of these; what else is told meanwhile is of no matter."""
        while True:
            for event in (await self._read()).get("push", {}).get("events", []):
                if event["event"] in names:
                    return dict(event)

    async def _read(self) -> dict[str, Any]:
        while True:
            message = await self._socket.receive(timeout=LIMIT_S)
            assert message.type is aiohttp.WSMsgType.TEXT, message
            if said := msgspec.json.decode(message.data):
                return dict(said)
            await self._socket.send_str("{}")


async def _token(ground: Ground, name: str) -> str:
    settings = ground.settings
    async with open_database(settings.database) as db:
        keys = await open_keys(db, settings)
        person = NewAccount(f"{name}@example.org", name, PASSWORD, Role.SUBSCRIBER, None)
        await accounts.register(db, settings, person, Viewer(Role.ADMINISTRATOR, AccountId(0)))
        return (await sessions.sign_in(db, keys, settings, person.email, PASSWORD)).access_token


def _memory(worker: int) -> tuple[int, int]:
    """(the worker's own, its reader's)."""
    children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
    return resident_bytes(worker), sum(resident_bytes(int(child)) for child in children)


def _cars() -> Path:
    data = Path(os.environ.get("ROADPULSE_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (data / "cars").is_dir():
        sys.exit(f"no photos and recordings at {data}; name their folder in ROADPULSE_DATA")
    return data / "cars"


def _photos() -> list[Path]:
    return sorted((_cars() / "photos" / "files").iterdir())


def _sounds() -> list[Path]:
    """Of several kinds, the longest of each first."""
    folders = [folder for folder in sorted((_cars() / "sounds").iterdir()) if folder.is_dir()]
    files = [sorted(folder.iterdir(), key=lambda file: -file.stat().st_size)[:3] for folder in folders]
    return [file for three in files for file in three]


def _tell(
    waits: dict[str, Waits], crowd: int, share: float, crowd_s: float, memory: tuple[int, int], bare_bytes: int,
    cold_s: float, bare_cold_s: float,
) -> None:  # fmt: skip
    rows: list[tuple[object, ...]] = []
    figures: dict[str, object] = {}
    for kind, found in waits.items():
        over = [ours - AIM_RATIO * bare for ours, bare in zip(found.ours, found.bare, strict=True)]
        figures[kind] = {
            "p50_ms": round(report.median(found.ours), 1),
            "p95_ms": round(report.percentile(found.ours, 0.95), 1),
            "bare_p50_ms": round(report.median(found.bare), 1),
            "over_ms": round(report.median(over), 1),
        }
        rows.append((kind, *figures[kind].values(), AIM_SPARE_MS))  # type: ignore[attr-defined]
    figures |= {
        "throughput_share": round(share, 3),
        "aim_share": AIM_SHARE,
        "photos_a_second": round(crowd / crowd_s, 2),
    }
    figures |= {"worker_bytes": memory[0], "reader_bytes": memory[1], "bare_bytes": bare_bytes}
    figures |= {"cold_start_s": round(cold_s, 2), "bare_cold_start_s": round(bare_cold_s, 2)}
    report.say("diagnosing", figures)
    report.table(
        f"from last byte to result, ms (over: what is beyond {AIM_RATIO} times the bare reading, median)",
        ("", "p50", "p95", "bare p50", "over", "aim"),
        rows,
    )
    report.table(
        "under load, memory and start",
        ("", "ours", "bare", "share", "aim"),
        [
            (f"{crowd} photos at once, a second", crowd / crowd_s, crowd / crowd_s / share, share, AIM_SHARE),
            ("memory of worker and reader, MiB", sum(memory) / 2**20, bare_bytes / 2**20, sum(memory) / bare_bytes, ""),
            ("start until models are warm, s", cold_s, bare_cold_s, cold_s / bare_cold_s, ""),
        ],
    )


if __name__ == "__main__":
    main()
