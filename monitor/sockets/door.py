"""The endpoint /v1/stream: what every socket shares, and the upgrade itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from monitor.errors import NotAllowed
from monitor.garage.uploads import Uploads
from monitor.live.hub import Hub
from monitor.network.ingest import Ingest
from monitor.people.tokens import Keys
from monitor.settings import Settings
from monitor.sockets.registry import Registry
from monitor.sockets.subscribing import Snapshots
from monitor.store.db import Database
from monitor.wire import headers
from monitor.wire.envelope import Format


@dataclass(frozen=True, slots=True)
class Door:
    """What a session needs of the process."""

    settings: Settings
    db: Database
    keys: Keys
    ingest: Ingest
    hub: Hub
    snapshots: Snapshots
    registry: Registry
    uploads: Uploads


DOOR = web.AppKey("door", Door)

_FORMATS: Mapping[str | None, Format] = {None: Format.JSON, **{each.value: each for each in Format}}


class Socket(web.WebSocketResponse):
    """Leaves hanging up to the line, also after a frame that cannot be read.

    With bytes unread, as after the first part of an oversized frame, hanging up at once makes TCP reset the connection,
    and our last word, the close code, is lost on its way.
    """

    def _close_transport(self) -> None:
        # aiohttp's own; it has no public way to keep the connection for a moment.
        pass


async def open_socket(request: web.Request, door: Door) -> tuple[web.WebSocketResponse, Format]:
    """The upgraded connection and what it speaks.

    Raises: NotAllowed - a foreign origin.
    """
    # A page of another site may not use the sockets of who visits it.
    if not headers.is_from_own_page(request.headers, door.settings.server.origins):
        raise NotAllowed("this origin is not on the list")
    socket = Socket(
        protocols=[each.value for each in Format],
        # The library refuses what is as large as its limit; ours may be as large.
        max_msg_size=door.settings.limits.frame_bytes + 1,
        # One compressed broadcast leaves about 110 KB with each connection instead of 14.
        compress=False,
        autoping=True,
    )
    await socket.prepare(request)
    # They are sent; what is left of them would stay as long as the socket.
    socket.headers.clear()
    return socket, _FORMATS[socket.ws_protocol]
