"""A generator of load is a process of its own: it prepares, says so, and runs a round whenever it is told to."""

import asyncio
import contextlib
import json
import resource
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import uvloop

from tests.bench.ground import REPOSITORY

Round = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Generator:
    """The parent's side."""

    def __init__(self, module: str, plan: Mapping[str, object], environment: Mapping[str, str] | None = None) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.{module}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPOSITORY, text=True,
            env=None if environment is None else dict(environment),
        )  # fmt: skip
        self.begin(**plan)
        self._read()

    @property
    def pid(self) -> int:
        return self._child.pid

    def round(self, **order: object) -> dict[str, Any]:
        """Runs one round to its end; what it found."""
        self.begin(**order)
        return self._read()

    def begin(self, **order: object) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(order) + "\n")
        self._child.stdin.flush()

    def result(self) -> dict[str, Any]:
        """What a round that was begun has found."""
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError(f"the generator ended with {self._child.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def generate(prepare: Callable[[dict[str, Any], contextlib.AsyncExitStack], Awaitable[Round]]) -> None:
    """The child's side: `prepare` gets the plan, and a stack for what it opens, and gives what runs a round."""

    async def live() -> None:
        async with contextlib.AsyncExitStack() as stack:
            play = await prepare(json.loads(sys.stdin.readline()), stack)
            print("{}", flush=True)
            while line := await asyncio.to_thread(sys.stdin.readline):
                before = own_cpu_s()
                found = await play(json.loads(line))
                print(json.dumps({"generator_cpu_s": round(own_cpu_s() - before, 3), **found}), flush=True)

    uvloop.run(live())


def own_cpu_s() -> float:
    """Processor seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
