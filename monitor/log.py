"""Writes one JSON line an event, ids only, to standard error."""

import datetime
import logging
import sys
import traceback

import msgspec

_encoder = msgspec.json.Encoder(enc_hook=str)
_FIELDS = "fields"


class Log:
    """A module's voice: an event name, then keys."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        self._logger.debug(event, extra={_FIELDS: fields})

    def info(self, event: str, **fields: object) -> None:
        self._logger.info(event, extra={_FIELDS: fields})

    def warning(self, event: str, **fields: object) -> None:
        """Someone should look."""
        self._logger.warning(event, extra={_FIELDS: fields})

    def error(self, event: str, *, error: BaseException | None = None, **fields: object) -> None:
        """A promise was broken."""
        self._logger.error(event, exc_info=error, extra={_FIELDS: fields})


def origin(error: BaseException) -> str:
    """The kind of error at the bottom of this one, such as DiskFullError under `the database is out of reach`."""
    return type(_bottom(error)).__name__


def cause(error: BaseException) -> dict[str, str]:
    """What a line may say of a failure in the database: its origin and what PostgreSQL names; its words quote rows."""
    bottom = _bottom(error)
    names = {name: getattr(bottom, name, None) for name in ("sqlstate", "table_name", "constraint_name")}
    return {"reason": origin(error)} | {name: str(value) for name, value in names.items() if value}


def _bottom(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": record.getMessage(),
        }
        line |= getattr(record, _FIELDS, {})
        if record.exc_info and record.exc_info[1] is not None:
            line["traceback"] = "".join(traceback.format_exception(record.exc_info[1]))
        return _encoder.encode(line).decode()


def start(level: str) -> None:
    """Sends every log line of the process to standard error from here on; level is debug, info, warning or error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # aiohttp's access log would put addresses and query strings into our lines; metrics count requests instead.
    logging.getLogger("aiohttp.access").disabled = True
    logging.getLogger("asyncio").setLevel(logging.WARNING)
