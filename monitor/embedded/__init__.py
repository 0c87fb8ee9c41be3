"""Real PostgreSQL and Valkey servers as children of this process, for `roadpulse run` and for tests."""

from monitor.embedded.postgres import PostgresServer
from monitor.embedded.valkey import ValkeyServer

__all__ = ["PostgresServer", "ValkeyServer"]
