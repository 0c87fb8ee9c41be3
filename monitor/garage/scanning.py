"""Asks a ClamAV daemon whether a file is clean, in its own protocol (INSTREAM, clamd(8))."""

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from monitor import log
from monitor.errors import MediaInfected, Unavailable

LIMIT_S: Final = 60.0
PIECE_BYTES: Final = 256 * 1024
MOST_ANSWER: Final = 4_096

_log = log.Log(__name__)


@dataclass(frozen=True, slots=True)
class Scanner:
    """A daemon at `tcp://host:port` or `unix:///path`; with no address every file counts as clean."""

    address: str

    async def scan(self, data: bytes) -> None:
        """Returns if the file is clean.

        Raises: MediaInfected; Unavailable - there is no telling, so it must be asked again.
        """
        if not self.address:
            return
        try:
            async with asyncio.timeout(LIMIT_S):
                answer = await self._ask(data)
        except (OSError, EOFError) as error:
            # TimeoutError is an OSError too.
            raise Unavailable("the virus scanner is out of reach") from error
        if answer == "stream: OK":
            return
        if answer.endswith(" FOUND"):
            _log.warning("virus_found", signature=answer.removeprefix("stream: ").removesuffix(" FOUND"))
            raise MediaInfected
        # Such as its own limit of size: a file that it does not look at is not clean.
        _log.error("scanner_refused", answer=answer[:200])
        raise Unavailable("the virus scanner does not take this file")

    async def _ask(self, data: bytes) -> str:
        reader, writer = await self._connect()
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(data), PIECE_BYTES):
                piece = data[start : start + PIECE_BYTES]
                writer.write(len(piece).to_bytes(4, "big") + piece)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            answer = await reader.read(MOST_ANSWER)
        except ConnectionError:
            # It hangs up on what it refuses; what it says of that may have come before.
            answer = await reader.read(MOST_ANSWER)
        finally:
            writer.close()
        if not answer:
            raise EOFError
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        found = urlsplit(self.address)
        if found.scheme == "unix":
            return await asyncio.open_unix_connection(found.path)
        return await asyncio.open_connection(found.hostname, found.port)
