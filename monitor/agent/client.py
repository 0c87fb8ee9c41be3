"""Brings the spool to the server for as long as it takes: connects, comes back with patience, or is told to stop."""

import asyncio
import random

import aiohttp
from yarl import URL

from monitor.agent.answers import NEVER_BACK
from monitor.agent.conversation import Conversation, Ending, Peer
from monitor.agent.flow import Flow, Watch
from monitor.agent.spool import Spool
from monitor.errors import AgentStopped

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 60.0
"""a server that was away for an hour finds everybody back within a minute, spread over it"""

CONNECT_S = 15.0
ANSWER_BYTES = 16 << 20
"""an answer names each quarantined item of a batch"""


class Backoff:
    """Full jitter: any delay between nothing and a limit that doubles.

    Only a connection in which a batch was acknowledged starts it anew: a server that accepts and then drops everybody
    would otherwise be asked again without end.
    """

    def __init__(self) -> None:
        self._limit_s = FIRST_DELAY_S

    def reset(self) -> None:
        self._limit_s = FIRST_DELAY_S

    def next_s(self) -> float:
        delay = random.uniform(0, self._limit_s)  # noqa: S311
        self._limit_s = min(LONGEST_DELAY_S, 2 * self._limit_s)
        return delay


class Client:
    """The way from one spool to one server."""

    def __init__(self, spool: Spool, peer: Peer, flow: Flow, watch: Watch) -> None:
        self._spool = spool
        self._peer = peer
        self._flow = flow
        self._watch = watch
        self._backoff = Backoff()

    async def run(self) -> None:
        """Until the flow is finished and the spool empty.

        Raises: AgentStopped - the server said not to come back.
        """
        async with aiohttp.ClientSession() as http:
            while not (self._flow.is_finished and self._spool.is_settled()):
                ending = await self._connect(http)
                if ending.close_code in NEVER_BACK:
                    raise AgentStopped(ending.reason)
                if ending.is_productive:
                    self._backoff.reset()
                if ending.comes_at_once:
                    continue
                delay_s = self._backoff.next_s() if ending.wait_s is None else ending.wait_s
                self._watch.waiting(ending.reason, delay_s)
                await asyncio.sleep(delay_s)

    async def _connect(self, http: aiohttp.ClientSession) -> Ending:
        try:
            async with asyncio.timeout(CONNECT_S):
                socket = await http.ws_connect(
                    URL(self._peer.url) / "v1/stream",
                    protocols=(self._peer.wire_format.value,),
                    max_msg_size=ANSWER_BYTES,
                )
        except aiohttp.WSServerHandshakeError as error:
            return Ending(f"{self._peer.url} answers {error.status} {error.message}")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return Ending(f"{self._peer.url} cannot be reached: {error or type(error).__name__}")
        async with socket:
            if socket.protocol != self._peer.wire_format.value:
                return Ending(f"{self._peer.url} does not speak {self._peer.wire_format.value}")
            return await Conversation(socket, self._spool, self._peer, self._flow, self._watch).hold()
