"""A WebSocket client as cheap as can be, so that a generator of load measures the server and not itself."""

import asyncio
import base64
import os
import struct
from collections.abc import Callable, Sequence

import numpy as np

TEXT, BINARY, CLOSE = 1, 2, 8


def frame(payload: bytes, opcode: int) -> bytes:
    """A client's whole frame, masked as RFC 6455 wants it."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0xFF, size)
    mask = os.urandom(4)
    pattern = np.frombuffer((mask * (size // 4 + 1))[:size], np.uint8)
    return head + mask + (np.frombuffer(payload, np.uint8) ^ pattern).tobytes()


class Wire(asyncio.Protocol):
    """One socket; whole messages go to `heard` as they come."""

    def __init__(self, host: str, path: str, protocol: str | None) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        named = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{named}\r\n"
        )
        self._rest = b""
        self._is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.heard: Callable[[bytes], None] = lambda message: None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # uvloop's own class stands beside asyncio's
        transport.write(self._request.encode())

    def data_received(self, data: bytes) -> None:
        self._rest = self._rest + data if self._rest else data
        if not self._is_open:
            head, found, rest = self._rest.partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.opened.set_exception(ConnectionError(head.decode("latin-1")))
                return
            self._is_open, self._rest = True, rest
            self.opened.set_result(None)
        self._take_frames()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(str(exc or "closed"))
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before the upgrade"))

    def send(self, frames: Sequence[bytes]) -> None:
        self.transport.write(frames[0] if len(frames) == 1 else b"".join(frames))

    def _take_frames(self) -> None:
        data, at = self._rest, 0
        while len(data) - at >= 2:
            size, begin = data[at + 1], at + 2
            if size == 126:
                size, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if len(data) < begin + size or (begin - at > 2 and len(data) < begin):
                break
            self._take(data[at] & 15, data[begin : begin + size])
            at = begin + size
        self._rest = data[at:]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big") if payload else 1005
            if not self.ended.done():
                self.ended.set_result(f"closed {code}: {payload[2:].decode(errors='replace')}")
            self.transport.close()
        elif opcode in (TEXT, BINARY):
            self.heard(payload)


async def open_wire(port: int, path: str, protocol: str | None, local: str | None = None) -> Wire:
    """A socket that is upgraded already; `local` is the loopback address it comes from."""
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(
        lambda: Wire(f"127.0.0.1:{port}", path, protocol), "127.0.0.1", port, local_addr=(local, 0) if local else None
    )
    await asyncio.wait_for(wire.opened, 60)
    return wire
