"""Knows every socket of this process: how many each account has, who must go, and how all leave at a drain."""

import asyncio
import collections
import random
from collections.abc import Awaitable, Callable
from typing import Protocol

from monitor import log
from monitor.errors import Draining, Roadpulse, Suspended, TokenExpired, TooManyConnections, Unavailable
from monitor.live.messages import Announcement
from monitor.people import accounts, devices, passwords
from monitor.people.identities import Identity
from monitor.settings import Limits
from monitor.values import AccountId, DeviceId

_log = log.Log(__name__)

SWEEP_S = 3.0
"""Announcements close the sockets of the revoked at once; this finds them within 5 s when Redis is away."""


class Socket(Protocol):
    """A session, as far as the registry must know it; compared by identity."""

    @property
    def identity(self) -> Identity | None: ...

    def close_with(self, error: Roadpulse) -> None: ...

    async def closed(self) -> None: ...

    async def drain(self, retry_after_ms: int) -> None: ...


FindDead = Callable[[list[DeviceId], list[AccountId]], Awaitable[devices.Dead]]


class Registry:
    """The sockets that have said who they are, and those that have yet to."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._sockets: dict[str, set[Socket]] = collections.defaultdict(set)
        self._strangers: set[Socket] = set()
        self._is_draining = False

    def __len__(self) -> int:
        return sum(map(len, self._sockets.values()))

    @property
    def devices(self) -> int:
        """How many of them are sockets of devices."""
        return sum(socket.identity is not None and socket.identity.is_device for socket in self._all())

    def arrive(self, socket: Socket) -> None:
        """A socket that has not said who it is; there is nothing in flight that a drain would wait for."""
        if self._is_draining:
            socket.close_with(Draining())
        self._strangers.add(socket)

    def enter(self, socket: Socket, identity: Identity) -> None:
        """Counts a socket in.

        Raises: TooManyConnections, Draining.
        """
        if self._is_draining:
            raise Draining
        most = self._limits.sockets_per_device if identity.is_device else self._limits.sockets_per_account
        if len(self._sockets[identity.name]) >= most:
            raise TooManyConnections(members={"limit": most})
        self._sockets[identity.name].add(socket)
        self._strangers.discard(socket)

    def leave(self, socket: Socket, identity: Identity | None) -> None:
        if identity is None:
            self._strangers.discard(socket)
            return
        mine = self._sockets[identity.name]
        mine.discard(socket)
        if not mine:
            del self._sockets[identity.name]

    def hear(self, announced: Announcement) -> None:
        """Closes whom another server announces as revoked, suspended, or signed out by a new password."""
        if announced.event == devices.REVOKED:
            self._close(lambda identity: identity.device == announced.data.get("device"))
        elif announced.event == accounts.SUSPENDED:
            self._close(lambda identity: identity.account == announced.data.get("account"))
        elif announced.event == passwords.CHANGED:
            account, kept = announced.data.get("account"), announced.data.get("session")
            self._close(
                lambda who: who.account == account and not who.is_device and str(who.session) != kept, TokenExpired()
            )

    async def sweep(self, find_dead: FindDead) -> None:
        """Asks the database again and again who may not be here any longer."""
        while True:
            await asyncio.sleep(SWEEP_S)
            present = [socket.identity for socket in self._all() if socket.identity is not None]
            if not present:
                continue
            try:
                dead = await find_dead(
                    list({identity.device for identity in present if identity.device is not None}),
                    list({identity.account for identity in present}),
                )
            except Unavailable as error:
                _log.warning("sweep_failed", reason=log.origin(error))
                continue
            if dead.devices or dead.accounts:
                gone = dead  # bound for the closure below
                self._close(lambda who, gone=gone: who.device in gone.devices or who.account in gone.accounts)  # type: ignore[misc]

    async def drain(self, within_s: float) -> None:
        """Tells every socket to come back later, spread out, and waits until what is in flight is answered.

        And until all have said goodbye: once the HTTP server ends it hears no peer's close, and each would be waited
        for until the limit of the handshake.
        """
        self._is_draining = True
        for stranger in self._strangers:
            stranger.close_with(Draining())
        leaving = [asyncio.create_task(stranger.closed()) for stranger in self._strangers]
        leaving += [
            asyncio.create_task(socket.drain(random.randint(200, 2000)))  # noqa: S311 - jitter, not a secret
            for socket in self._all()
        ]
        if leaving:
            await asyncio.wait(leaving, timeout=within_s)
        for task in leaving:
            task.cancel()

    def _all(self) -> list[Socket]:
        return [socket for mine in self._sockets.values() for socket in mine]

    def _close(self, must_go: Callable[[Identity], bool], why: Roadpulse | None = None) -> None:
        for socket in self._all():
            if socket.identity is not None and must_go(socket.identity):
                socket.close_with(why or Suspended())
