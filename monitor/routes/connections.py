"""Answers what cannot be read as HTTP like every other refusal; no application ever sees such a request."""

import asyncio
import secrets

from aiohttp import http_exceptions, web

from monitor import log, metrics
from monitor.errors import BadRequest, Internal
from monitor.routes import answers, guard

_SAID: dict[type[BaseException], str] = {
    http_exceptions.LineTooLong: "the address or a header is too long",
    http_exceptions.InvalidHeader: "a header cannot be read",
    http_exceptions.InvalidURLError: "the address cannot be read",
    http_exceptions.TransferEncodingError: "the body's parts cannot be read",
    http_exceptions.ContentLengthError: "the body's length cannot be read",
}
_log = log.Log(__name__)


class Connection(web.RequestHandler):
    """A client's connection; aiohttp's own would answer in plain text, and quote into the log what may be a token."""

    __slots__ = ()

    def __init__(self, server: web.Server, keep_alive_s: float) -> None:
        # Without an access log, whose lines would hold addresses and queries; None is missing in aiohttp's annotation.
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]
            keepalive_timeout=keep_alive_s,
        )

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The refusal of a request that cannot be read, or that broke outside of every route; the connection ends."""
        number = secrets.token_hex(8)
        if isinstance(exc, http_exceptions.HttpProcessingError):
            _log.info("request_unreadable", request=number, reason=type(exc).__name__)
            answer = answers.refusal(BadRequest(_SAID.get(type(exc), "this is not HTTP")))
        else:
            _log.error("request_broke", error=exc, request=number, route="unknown")
            answer = answers.refusal(Internal())
        if request.writer.output_size > 0:
            raise ConnectionError("a part of another answer was sent already")
        metrics.requests.labels("other", "unknown", str(answer.status)).inc()
        guard.protect(answer.headers)
        answer.headers["X-Request-Id"] = number
        answer.force_close()
        return answer
