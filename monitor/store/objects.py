"""Keeps files whole or not at all: objects by name in a local folder or a bucket."""

import asyncio
import atexit
import contextlib
import functools
import os
import shutil
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from monitor.errors import SettingsInvalid, Unavailable

STORE_S = 30.0
"""for one object's part; a store that takes longer counts as gone"""
SETTLE_S = 2.0
PARTING_S = 0.1
STREAM_BYTES = 256 * 1024
COMPOSE_BYTES = 5 * 1024 * 1024
"""the least that S3 takes as a part of an object"""


Given = TypeVar("Given")


class ObjectMissing(Exception):
    """There is no object of that name."""


class Objects:
    """The objects of one store; names are paths with slashes."""

    def __init__(self, store: ObjectStore, folder: Path | None) -> None:
        self._store = store
        self._folder = folder
        """of a local store"""

    async def create(self, name: str, data: bytes) -> bool:
        """Keeps a new object; False where there is one of that name, which stays as it is.

        It outlives this process, but in a local folder perhaps not a loss of power: see `compose`.
        Raises: Unavailable.
        """
        async with _reaching():
            try:
                await _settled(obstore.put_async(self._store, name, data, mode="create"))
            except AlreadyExistsError:
                return False
        return True

    async def replace(self, name: str, data: bytes) -> None:
        """Keeps an object, whatever had its name before.

        Raises: Unavailable.
        """
        async with _reaching():
            await _settled(obstore.put_async(self._store, name, data))

    async def compose(self, name: str, parts: AsyncIterator[bytes]) -> None:
        """Keeps an object made of parts as they come, for good: a loss of power does not take it back.

        Raises: Unavailable; and what `parts` raises, then nothing is kept.
        """
        async with _reaching():
            await _settled(obstore.put_async(self._store, name, parts, chunk_size=COMPOSE_BYTES, max_concurrency=2))
            if self._folder is not None:
                await asyncio.to_thread(_settle, self._folder, self._folder / name)

    async def size(self, name: str) -> int:
        """Raises: ObjectMissing; Unavailable."""
        async with _reaching():
            return (await _settled(obstore.head_async(self._store, name)))["size"]

    async def read(self, name: str) -> bytes:
        """Raises: ObjectMissing; Unavailable."""
        async with _reaching():
            found = await _settled(obstore.get_async(self._store, name))
            return bytes(await _settled(found.bytes_async()))

    async def stream(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, a piece at a time.

        Raises: ObjectMissing; Unavailable.
        """
        while start < end:
            until = min(start + STREAM_BYTES, end)
            async with _reaching():
                piece = bytes(await _settled(obstore.get_range_async(self._store, name, start=start, end=until)))
            yield piece
            start = until

    async def clear(self, folder: str) -> None:
        """Deletes every object in this folder, and of a local store what killed writers left there.

        Raises: Unavailable.
        """
        async with _reaching():
            names = [each["path"] for each in await _settled(obstore.list(self._store, folder).collect_async())]
        for name in names:
            with contextlib.suppress(ObjectMissing):
                async with _reaching():
                    await _settled(obstore.delete_async(self._store, name))
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder / folder, ignore_errors=True)


def open_objects(url: str) -> Objects:
    """The store that a setting names; a local folder is made if there is none.

    Raises: SettingsInvalid - no such store.
    """
    _part_calmly()
    address = urlsplit(url or (Path.cwd() / "var" / "media").as_uri())
    try:
        if address.scheme != "file":
            return Objects(from_url(url), None)
        folder = Path(url2pathname(address.path))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Objects(LocalStore(folder), folder)
    except (BaseError, ValueError, OSError) as error:
        raise SettingsInvalid(f"media.url: {error}") from error


@functools.cache
def _part_calmly() -> None:
    """A thread of the store that has given its answer still lets go of what it held; a process without an interpreter
    by then aborts: one in twelve that ended at once, on a busy machine."""
    atexit.register(time.sleep, PARTING_S)


@contextlib.asynccontextmanager
async def _reaching() -> AsyncIterator[None]:
    with _translated():
        async with asyncio.timeout(STORE_S):
            yield


async def _settled(call: Coroutine[Any, Any, Given]) -> Given:
    """What the store answers; who is cancelled meanwhile waits a moment for it.

    The store's threads hand their answer to this process's event loop; if that is gone by then, the process aborts.
    """
    answer = asyncio.ensure_future(call)
    try:
        return await asyncio.shield(answer)
    except asyncio.CancelledError:
        await asyncio.wait([answer], timeout=SETTLE_S)
        raise


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing from error
    except (BaseError, OSError) as error:
        # TimeoutError is an OSError too.
        raise Unavailable("the store of files is out of reach") from error


def _settle(root: Path, path: Path) -> None:
    """Waits until a file and the folders that lead to it are on the disk."""
    while True:
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
        if path == root:
            return
        path = path.parent
