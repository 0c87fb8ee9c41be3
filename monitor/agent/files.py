"""Opens the spool's SQLite file for one agent alone, and writes to it in transactions as durable as they must be."""

import contextlib
import sqlite3
import threading
import uuid
from collections.abc import Generator, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from monitor.errors import SpoolUnusable

VERSION = 1
"""of spool.sql, kept in the file's user_version"""


class SpoolFile:
    """The file, its lock and its transactions; usable from any thread of the agent."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.lock = threading.RLock()

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: Path) -> Iterator["SpoolFile"]:
        """The file, made if there is none.

        Raises: SpoolUnusable - another agent has it, it is not a spool, or it was made by a newer program.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        file = cls(connection)
        try:
            _prepare(connection, path)
            yield file
        finally:
            # A thread whose caller was cancelled may still be writing.
            with file.lock:
                connection.close()

    @contextlib.contextmanager
    def transaction(self, *, durable: bool) -> Iterator[None]:
        """All or nothing; inside another one, a part of it. `durable`: survives a power cut, not only a kill.

        Raises: SpoolUnusable - the disk is full or broken.
        """
        with self.lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise SpoolUnusable(f"the spool cannot be written: {error}") from error
                raise

    def execute(self, statement: str, *parameters: object) -> None:
        self._connection.execute(statement, parameters)

    def rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self.lock:
            return self._connection.execute(statement, parameters).fetchall()

    def row(self, statement: str, *parameters: object) -> tuple[Any, ...]:
        """The one row that there is."""
        return self.rows(statement, *parameters)[0]

    def walk(self, statement: str) -> Generator[tuple[Any, ...], None, None]:
        """Rows one by one, for as long as they are wanted."""
        with contextlib.closing(self._connection.execute(statement)) as cursor:
            yield from cursor


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    try:
        # An exclusive lock for the life of the connection keeps a second agent away; the system frees it on kill -9.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise SpoolUnusable(f"{path} was made by a newer program (version {version})")
        if version == 0:
            _create(connection)
    except sqlite3.OperationalError as error:
        raise SpoolUnusable(f"{path} is in use by another agent, or cannot be written: {error}") from error
    except sqlite3.DatabaseError as error:
        raise SpoolUnusable(f"{path}: {error}") from error


def _create(connection: sqlite3.Connection) -> None:
    schema = resources.files("monitor.agent").joinpath("spool.sql").read_text(encoding="utf-8")
    connection.execute("BEGIN IMMEDIATE")
    # executescript() would commit first; the statements of spool.sql hold no semicolon within.
    for statement in schema.split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO state (id, stream) VALUES (1, ?)", (str(uuid.uuid4()),))
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
