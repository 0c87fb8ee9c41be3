"""Server processes of their own, that a test may kill."""

import asyncio
import contextlib
import re
import signal
import socket
import sys
import urllib.request
from pathlib import Path


class Server:
    """`roadpulse serve` as a process of its own, on one port over all its lives."""

    def __init__(self, environment: dict[str, str], folder: Path, name: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = environment
        self._log = folder / f"{name}.log"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "monitor", "serve", "--port", str(self.port),
                env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip

    async def wait_until_ready(self) -> None:
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(self._is_ready):
                assert self.process is not None
                assert self.process.returncode is None, self._log.read_text()[-3000:]
                await asyncio.sleep(0.1)

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    async def end(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            async with asyncio.timeout(30):
                await self.process.wait()


class Worker:
    """`roadpulse work` as a process of its own."""

    def __init__(self, environment: dict[str, str], folder: Path, name: str, *, processes: int = 1) -> None:
        self._environment = environment
        self._log = folder / f"{name}.log"
        self._processes = processes
        self.process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def readers(self) -> list[int]:
        """The reading processes that it has now."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(child) for child in children]

    async def start(self) -> None:
        """Returns when it takes jobs."""
        begun = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "monitor", "work", "--processes", str(self._processes),
                env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip
        async with asyncio.timeout(120):
            while b'"working"' not in self._log.read_bytes()[begun:]:
                assert self.process.returncode is None, self.log
                await asyncio.sleep(0.1)

    @property
    def readers_ready(self) -> list[int]:
        """Every reading process that it ever had, in the order of their coming up."""
        return [int(pid) for pid in re.findall(r'"reader_ready","pid":([0-9]+)', self.log)]

    @property
    def log(self) -> str:
        return self._log.read_text()

    async def end(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            async with asyncio.timeout(60):
                await self.process.wait()
