"""Names what the composition root hands to the doors; typed, so that nobody fetches by spelling."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from monitor.live.bus import Bus
from monitor.live.limits import Limits
from monitor.people.identities import Identity
from monitor.people.tokens import Keys
from monitor.settings import Settings
from monitor.store.db import Database

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
BUS = web.AppKey("bus", Bus)
KEYS = web.AppKey("keys", Keys)
LIMITS = web.AppKey("limits", Limits)
MERGER_AGE = web.AppKey[Callable[[Database], Awaitable[float | None]]]("merger_age")
"""seconds that the oldest batch not yet merged has waited; 0 when there is none"""
QUEUE_AGE = web.AppKey[Callable[[Database], Awaitable[float | None]]]("queue_age")
"""seconds that the oldest event not yet published has waited; 0 when there is none"""

IDENTITY = web.RequestKey("identity", Identity)
REQUEST_ID = web.RequestKey("request_id", str)
