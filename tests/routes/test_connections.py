"""What cannot be read as HTTP is refused in the shape of every refusal, and told of without a word of it."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from monitor import metrics
from tests.conftest import Servers, examples
from tests.served import Served, serve

LIMIT_S = 10.0
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
MANY = b"".join(b"X-%d: secret\r\n" % number for number in range(300))
UNREADABLE = {
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03secret\r\n\r\n",
    "no version": b"GET /healthz secret\r\n\r\n",
    "another version": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "an address that is none": b"GET http://[::secret HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address too long": b"GET /secret" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header's name": GET + b"Author ization: secret\r\n\r\n",
    "a header too long": GET + b"X-A: secret" + b"a" * 9000 + b"\r\n\r\n",
    "too many headers": GET + MANY + b"\r\n",
    "a negative length": POST + b"Content-Length: -3\r\n\r\nsecret",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nsecret",
    "a length and parts": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\nsecret",
    "another encoding": POST + b"Transfer-Encoding: gzip, secret\r\n\r\n0\r\n\r\n",
    "a part's length": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nsecret\r\n0\r\n\r\n",
}


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    with serve(servers, migrated) as served:
        yield served


async def _said(served: Served, data: bytes) -> bytes:
    """Everything that is answered, until the server closes."""
    async with asyncio.timeout(LIMIT_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(served.url.rpartition(":")[2]))
        writer.write(data)
        answer = await reader.read()
        writer.close()
    return answer


def _refused(answer: bytes) -> tuple[dict[str, str], dict[str, object]]:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    assert status.split(" ", 2)[1] == "400"
    headers = dict(line.split(": ", 1) for line in lines)
    assert headers["Content-Type"] == "application/problem+json"
    assert int(headers["Content-Length"]) == len(body)
    return headers, json.loads(body)


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_unreadable_request_is_refused_and_told_of_without_a_word_of_it(
    data: bytes, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    counted = metrics.requests.labels("other", "unknown", "400")._value
    before = counted.get()

    answer = await _said(served, data)

    headers, problem = _refused(answer)
    assert problem | {"detail": ""} == {
        "type": "/problems/bad_request", "title": "The client does not speak this protocol.", "detail": "",
        "status": 400, "retry": False,
    }  # fmt: skip
    assert headers["Server"] == "roadpulse"
    assert headers["X-Content-Type-Options"] == "nosniff"
    (line,) = [each for each in caplog.records if each.getMessage() == "request_unreadable"]
    fields = line.__dict__["fields"]
    assert fields.keys() == {"request", "reason"}
    assert fields["request"] == headers["X-Request-Id"]
    assert "secret" not in caplog.text + str(fields) + answer.decode()
    assert [each for each in caplog.records if each.name.startswith("aiohttp")] == []
    assert counted.get() == before + 1


async def test_connection_ends_with_what_cannot_be_read(served: Served) -> None:
    async with asyncio.timeout(LIMIT_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(served.url.rpartition(":")[2]))
        writer.write(GET + b"\r\n")
        first = await reader.readuntil(b'{"status":"alive"}')
        writer.write(b"secret\r\n\r\n" + GET + b"\r\n")
        second = await reader.read()
        writer.close()

    assert first.startswith(b"HTTP/1.1 200 OK")
    assert _refused(second)[1]["type"] == "/problems/bad_request"


def test_no_bytes_are_answered_in_another_way(served: Served) -> None:
    @effort(max_examples=examples(30, 150), deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(data=st.binary(max_size=200))
    def send(data: bytes) -> None:
        # No method begins with a zero.
        answer = asyncio.run(_said(served, b"\0" + data + b"\r\n\r\n"))
        assert _refused(answer)[1]["type"] == "/problems/bad_request"

    send()
