"""Names what the composition root hands to the doors; typed, so that nobody fetches by spelling."""

from aiohttp import web

from monitor.live.bus import Bus
from monitor.live.limits import Allowance, Limits
from monitor.people.identities import Identity
from monitor.people.tokens import Keys
from monitor.settings import Settings
from monitor.store.db import Database

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
BUS = web.AppKey("bus", Bus)
KEYS = web.AppKey("keys", Keys)
LIMITS = web.AppKey("limits", Limits)

IDENTITY = web.RequestKey("identity", Identity)
REQUEST_ID = web.RequestKey("request_id", str)
ALLOWANCE = web.RequestKey("allowance", Allowance)
