"""Lets the demonstration's phones talk: each through a socket and a spool of its own, like a real one."""

import asyncio
import datetime
import hashlib
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from monitor.agent.client import Client
from monitor.agent.conversation import Peer
from monitor.agent.flow import Flow
from monitor.agent.parcels import pack
from monitor.agent.spool import Spool
from monitor.demo.accounts import DemoDevice, Prepared
from monitor.demo.phones import Phone
from monitor.demo.rules import set_rules
from monitor.errors import AgentStopped, Unavailable
from monitor.log import Log
from monitor.wire.envelope import Format

INTERVAL_S = 5.0
INTERVAL = datetime.timedelta(seconds=INTERVAL_S)
BATCH = 500
SPOOL_BYTES = 16 << 20
RULES_AGAIN_S = 5.0

_log = Log(__name__)


class Journal:
    """What happens to one phone's connection, for the log."""

    def __init__(self, device: int) -> None:
        self._device = device

    def connected(self, session: str) -> None:
        _log.debug("demo_phone_connected", device=self._device, session=session)

    def acknowledged(self, count: int) -> None:
        pass

    def waiting(self, reason: str, delay_s: float) -> None:
        _log.info("demo_phone_waits", device=self._device, reason=reason, delay_s=round(delay_s, 1))

    def note(self, text: str) -> None:
        _log.info("demo_phone_says", device=self._device, text=text)


async def feed(prepared: Prepared, folder: Path) -> None:
    """Sets the rules and lets every phone talk until cancelled."""
    networks = list(dict.fromkeys(device.provider for device in prepared.devices))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_rules(prepared))
        for number, device in enumerate(prepared.devices):
            phone = _phone(prepared.devices, networks, device)
            lag_s = INTERVAL_S * number / len(prepared.devices)
            tasks.create_task(_talk(prepared.url, device, phone, folder / spool_name(device), lag_s))


def spool_name(device: DemoDevice) -> str:
    """By the token too: in another database the same id is another device, with a history of its own to tell."""
    return f"{device.id}-{hashlib.sha256(device.token.encode()).hexdigest()[:8]}.sqlite"


def _phone(devices: Sequence[DemoDevice], networks: list[str], device: DemoDevice) -> Phone:
    of_same_network = [one for one in devices if one.provider == device.provider]
    network, site = networks.index(device.provider), of_same_network.index(device)
    return Phone(network, len(networks), device.provider, site, seed=device.id)


async def _rules(prepared: Prepared) -> None:
    async with aiohttp.ClientSession() as http:
        while True:
            try:
                return await set_rules(http, prepared)
            except Unavailable as error:
                _log.warning("demo_rules_failed", reason=error.detail)
                await asyncio.sleep(RULES_AGAIN_S)


async def _talk(url: str, device: DemoDevice, phone: Phone, path: Path, lag_s: float) -> None:
    """One phone's whole life; that it is revoked must not silence the others."""
    flow = Flow()
    peer = Peer(url, device.token, Format.MSGPACK, BATCH, "roadpulse-demo")
    with Spool.open(path, max_bytes=SPOOL_BYTES) as spool:
        client = asyncio.create_task(Client(spool, peer, flow, Journal(device.id)).run())
        measuring = asyncio.create_task(_measure(phone, spool, flow, lag_s))
        try:
            await asyncio.wait([client, measuring], return_when=asyncio.FIRST_COMPLETED)
        finally:
            client.cancel()
            measuring.cancel()
            results = await asyncio.gather(client, measuring, return_exceptions=True)
        for error in results:
            if isinstance(error, AgentStopped):
                _log.warning("demo_phone_stopped", device=device.id, reason=error.detail)
            elif isinstance(error, Exception):
                raise error


async def _measure(phone: Phone, spool: Spool, flow: Flow, lag_s: float) -> None:
    now = datetime.datetime.now(datetime.UTC)
    if spool.is_untouched():
        await asyncio.to_thread(_remember, phone, spool, now)
        flow.produced()
    due = now + datetime.timedelta(seconds=lag_s)
    while True:
        await asyncio.sleep(max(0.0, (due - datetime.datetime.now(datetime.UTC)).total_seconds()))
        item = phone.measure(datetime.datetime.now(datetime.UTC))
        await asyncio.to_thread(spool.append, [pack([item])])
        flow.produced()
        # A machine that slept does not measure for the time it slept.
        due = max(due, datetime.datetime.now(datetime.UTC) - INTERVAL) + INTERVAL


def _remember(phone: Phone, spool: Spool, now: datetime.datetime) -> None:
    """Hours of history in one go, so that the first chart has a line; all of it or none, whatever happens."""
    items = list(phone.history(now))
    spool.append([pack(items[begin : begin + BATCH]) for begin in range(0, len(items), BATCH)])
