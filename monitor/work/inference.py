"""Processes that hold the models, and the hands that give them files and take what they say.

A reader works off what it was handed in order, so that the first file in its hand is the one it died over: that one
fails, and those behind it go to another reader as if they had never been there.
"""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from ml.findings import Kind, OnQuality
from monitor import log, metrics
from monitor.errors import Internal, ReaderLost, ReaderSlow, Roadpulse, ServerNotStarted
from monitor.settings import Work
from monitor.work import children
from monitor.work.children import Child, Task, next_word
from monitor.work.handing import Broken, Judged, Look, Read, Ready, Refused, Said

READY_S = 120.0
"""from a reader's start to its first word: its models are loaded and warm"""
LONGEST_PAUSE_S = 10.0
"""between two starts of a reader that does not come up"""

_log = log.Log(__name__)


class FileRefused(Exception):
    """A file that cannot be read, whoever tries."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


class Readers:
    """The reading processes of one worker."""

    def __init__(self, given: Work, count: int) -> None:
        self.models: Mapping[Kind, str] = {}
        """name and version of the model of each kind, once a reader is up"""
        self._given = given
        self._readers: list[Child] = []
        self._waiting: deque[Task] = deque()
        # Files are fetched only when their turn is near, so that memory is bounded whatever is asked.
        self._room = asyncio.Semaphore(count * given.ahead)
        self._count = count
        self._up = asyncio.Event()
        self._fault = ""

    async def read(
        self,
        kind: Kind,
        fetch: Callable[[], Awaitable[bytes]],
        *,
        alone: bool = False,
        on_quality: OnQuality | None = None,
    ) -> Read:
        """What the model of this kind finds in a file.

        Raises: FileRefused; ReaderLost, ReaderSlow, Internal; and what `fetch` raises.
        """
        async with self._room:
            data = await fetch()
            answer = asyncio.get_running_loop().create_future()
            said = await self._ask(Task(Look(kind, len(data)), data, alone, on_quality, answer))
        metrics.reading_seconds.labels(kind.value).observe(said.took_ms / 1000)
        return said

    async def run(self) -> None:
        """Keeps every reader up until cancelled."""
        async with asyncio.TaskGroup() as seats:
            for _ in range(self._count):
                seats.create_task(self._keep_one())

    async def ready(self) -> None:
        """Returns when the first reader is up.

        Raises: ServerNotStarted.
        """
        try:
            async with asyncio.timeout(READY_S):
                await self._up.wait()
        except TimeoutError as error:
            raise ServerNotStarted(f"no reader came up in {READY_S:.0f} s: {self._fault or 'see its lines'}") from error

    def processes(self) -> list[int]:
        """Their process ids, of those that are ready."""
        return [reader.process.pid for reader in self._readers]

    async def _ask(self, task: Task) -> Read:
        self._waiting.append(task)
        self._deal()
        return await task.answer

    def _deal(self) -> None:
        """Hands out what waits, to idle readers first."""
        while self._waiting:
            task = self._waiting[0]
            if task.answer.done():
                self._waiting.popleft()
                continue
            free = [reader for reader in self._readers if reader.has_room(task, self._given.ahead)]
            if not free:
                return
            min(free, key=lambda reader: len(reader.held)).take(self._waiting.popleft())

    async def _keep_one(self) -> None:
        pause_s = 0.1
        while True:
            try:
                async with self._started() as reader:
                    pause_s = 0.1
                    await self._hear(reader)
                reason = "slow" if reader.is_slow else "died"
                _log.warning("reader_replaced", reason=reason, status=reader.process.returncode)
                metrics.readers_replaced.labels(reason).inc()
            except (OSError, EOFError, TimeoutError) as error:
                self._fault = f"{type(error).__name__}: {error}"
                _log.error("reader_not_started", reason=self._fault)
                await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    @contextlib.asynccontextmanager
    async def _started(self) -> AsyncIterator[Child]:
        """A reader that has said it is ready.

        Raises: OSError, EOFError, TimeoutError - it is not.
        """
        reader = await children.start(self._given)
        try:
            async with asyncio.timeout(READY_S):
                said = await next_word(reader.incoming)
            if not isinstance(said, Ready):
                raise EOFError(f"its first word was {said!r}")
            self.models = said.models
            reader.is_ready = True
            _log.info("reader_ready", pid=reader.process.pid)
            self._readers.append(reader)
            self._up.set()
            self._deal()
            yield reader
        finally:
            reader.end()
            if reader in self._readers:
                self._readers.remove(reader)
            await asyncio.shield(reader.process.wait())

    async def _hear(self, reader: Child) -> None:
        """Passes on what the reader says, until it ends."""
        try:
            while True:
                self._pass_on(reader, await next_word(reader.incoming))
        except (EOFError, OSError):
            pass
        finally:
            reader.is_ready = False
            self._inherit(reader)

    def _pass_on(self, reader: Child, said: Said) -> None:
        if isinstance(said, Judged):
            task = reader.held[0]
            if task.on_quality is not None and not task.answer.done():
                task.on_quality(said.quality)
            return
        task = reader.done()
        self._deal()
        match said:
            case Read():
                _settle(task, said)
            case Refused(code, detail):
                _settle(task, FileRefused(code, detail))
            case Broken(traceback):
                _log.error("reading_failed", traceback=traceback)
                _settle(task, Internal())
            case Ready():
                raise AssertionError("ready twice")

    def _inherit(self, reader: Child) -> None:
        """The file that the reader died over has failed; what it had not begun waits again, before all others."""
        if reader.held:
            fault: Roadpulse = ReaderSlow() if reader.is_slow else ReaderLost()
            _settle(reader.held.popleft(), fault)
        self._waiting.extendleft(reversed(reader.held))
        reader.held.clear()
        self._deal()


@contextlib.asynccontextmanager
async def open_readers(given: Work, count: int) -> AsyncIterator[Readers]:
    """Readers that are up; ended with the block.

    Raises: ServerNotStarted - none comes up.
    """
    readers = Readers(given, count)
    running = asyncio.create_task(readers.run())
    try:
        await readers.ready()
        yield readers
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _settle(task: Task, outcome: Read | Exception) -> None:
    if task.answer.done():
        return
    if isinstance(outcome, Exception):
        task.answer.set_exception(outcome)
    else:
        task.answer.set_result(outcome)
