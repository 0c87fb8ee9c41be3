"""Files over HTTP as tus 1.0 wants it, tried with a public client and by hand."""

import asyncio
import base64
import hashlib
import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tusclient import client as tusclient
from tusclient.uploader import Uploader

from tests.conftest import Servers
from tests.journeys.conftest import World
from tests.sending import OFFSET_STREAM, begin, metadata, send, tus
from tests.served import Served, serve

MOST = 400_000
DATA = os.urandom(300_001)
CREATE = "/v1/media/uploads"


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    lowered = {"limits_media_bytes": MOST, "media_quota_bytes": 1_000_000, "media_unfinished": 3}
    with serve(servers, migrated, lowered) as served:
        yield served


@pytest.fixture
async def world(served: Served) -> AsyncIterator[World]:
    async with served.world() as world:
        yield world


def uploader(world: World, token: str, path: Path, **options: Any) -> Uploader:
    """The public client as its documentation shows it."""
    said = {"kind": "sound", "sha256": hashlib.sha256(DATA).hexdigest(), "filetype": "audio/wav"}
    client = tusclient.TusClient(world.url + CREATE, headers={"Authorization": f"Bearer {token}"})
    return client.uploader(str(path), metadata=said, retries=1, retry_delay=0, **options)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "engine.wav"
    path.write_bytes(DATA)
    return path


@pytest.mark.parametrize("checked", [False, True])
async def test_public_client_sends_a_file_in_parts(world: World, file: Path, *, checked: bool) -> None:
    token = await world.person()
    sender = uploader(world, token, file, chunk_size=70_000, upload_checksum=checked)
    await asyncio.to_thread(sender.upload)

    assert await content(world, token, sender.url) == DATA


async def test_public_client_goes_on_where_it_was_broken_off(world: World, file: Path) -> None:
    token = await world.person()
    first = uploader(world, token, file, chunk_size=100_000)
    await asyncio.to_thread(first.upload_chunk)
    second = uploader(world, token, file, chunk_size=100_000, url=first.url)

    assert second.offset == 100_000
    await asyncio.to_thread(second.upload)
    assert await content(world, token, second.url) == DATA


async def test_same_file_begun_again_is_the_same_upload(world: World, file: Path) -> None:
    token = await world.person()
    first = uploader(world, token, file, chunk_size=100_000)
    await asyncio.to_thread(first.upload_chunk)
    status, headers, _ = await create(world, token, DATA, kind="sound")

    assert (status, headers["Upload-Offset"]) == (201, "100000")
    assert world.url + headers["Location"] == first.url


async def test_connection_lost_within_a_part_keeps_what_came(world: World) -> None:
    token, data = await world.person(), os.urandom(350_000)
    address = await begin(world, token, data)

    async def half() -> AsyncIterator[bytes]:
        yield data[:250_000]
        await asyncio.sleep(0.3)
        raise ConnectionResetError

    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await tus(world, "PATCH", address, token, {"Upload-Offset": "0", "Content-Type": OFFSET_STREAM}, half())
    offset = 0
    async with asyncio.timeout(10):
        while offset < 250_000:
            offset = int((await tus(world, "HEAD", address, token))[1]["Upload-Offset"])

    assert offset == 250_000
    assert (await patch(world, token, address, offset, data[offset:]))[0] == 204
    assert await content(world, token, address) == data


async def test_beginning_of_the_file_may_come_with_its_creation(world: World) -> None:
    token, data = await world.person(), os.urandom(5_000)
    status, headers, _ = await create(world, token, data, body=data[:2_000])

    assert (status, headers["Upload-Offset"]) == (201, "2000")
    assert (await patch(world, token, headers["Location"], 2_000, data[2_000:]))[0] == 204
    again, headers, _ = await create(world, token, data)
    assert (again, headers["Upload-Offset"]) == (201, "5000")


async def test_wrong_offset_is_a_conflict_that_names_the_right_one(world: World) -> None:
    token, data = await world.person(), os.urandom(5_000)
    address = await begin(world, token, data)
    await patch(world, token, address, 0, data[:1_000])

    for offset in (0, 999, 1_001, 5_000):
        status, _, body = await patch(world, token, address, offset, data[1_000:])
        assert status == 409
        assert b'"expected":1000' in body
    assert (await patch(world, token, address, 1_000, data[1_000:]))[0] == 204


@pytest.mark.parametrize("name", ["sha1", "sha256"])
async def test_part_with_a_wrong_checksum_is_not_kept(world: World, name: str) -> None:
    token, data = await world.person(), os.urandom(5_000)
    address = await begin(world, token, data)
    right = base64.b64encode(hashlib.new(name, data).digest()).decode()
    spoiled = bytes([data[0] ^ 1]) + data[1:]

    status, _, body = await patch(world, token, address, 0, spoiled, {"Upload-Checksum": f"{name} {right}"})
    assert (status, b"media_hash_differs" in body) == (460, True)
    assert (await tus(world, "HEAD", address, token))[1]["Upload-Offset"] == "0"
    assert (await patch(world, token, address, 0, data, {"Upload-Checksum": f"{name} {right}"}))[0] == 204


async def test_unknown_checksum_is_refused(world: World) -> None:
    token = await world.person()
    address = await begin(world, token, b"x" * 10)

    assert (await patch(world, token, address, 0, b"x" * 10, {"Upload-Checksum": "md5 AA=="}))[0] == 400


async def test_file_that_is_not_what_its_hash_says_is_not_kept(world: World) -> None:
    token, data = await world.person(), os.urandom(5_000)
    address = await begin(world, token, data)
    status, _, body = await patch(world, token, address, 0, bytes(5_000))

    assert (status, b"media_hash_differs" in body) == (460, True)
    assert (await tus(world, "HEAD", address, token))[0] == 460
    assert await begin(world, token, data) != address


async def test_more_than_declared_or_allowed_is_refused(world: World) -> None:
    token, data = await world.person(), os.urandom(5_000)
    address = await begin(world, token, data)

    assert (await patch(world, token, address, 0, data + b"x"))[0] == 413
    assert (await patch(world, token, address, 0, data))[0] == 204
    status, _, body = await create(world, token, bytes(MOST + 1))
    assert (status, b"media_too_large" in body) == (413, True)


async def test_quota_of_a_person_is_kept(world: World) -> None:
    token = await world.person()
    for _ in range(2):
        await send(world, token, os.urandom(MOST))
    status, _, body = await create(world, token, os.urandom(MOST))

    assert (status, b"media_quota_spent" in body) == (413, True)
    _, page = await world.call("GET", "/v1/media", token)
    await world.call("DELETE", f"/v1/media/{page['items'][0]['id']}", token)
    await send(world, token, os.urandom(MOST))


async def test_too_many_unfinished_uploads_are_refused(world: World) -> None:
    token = await world.person()
    addresses = [await begin(world, token, os.urandom(10)) for _ in range(3)]
    assert (await create(world, token, os.urandom(10)))[0] == 429

    assert (await tus(world, "DELETE", addresses[0], token))[0] == 204
    assert (await tus(world, "HEAD", addresses[0], token))[0] == 404
    await begin(world, token, os.urandom(10))


async def test_expired_upload_is_gone_and_says_before_when(world: World) -> None:
    token = await world.person()
    _, headers, _ = await create(world, token, os.urandom(10))
    connection = await world.connect_as("superuser")
    await connection.execute("ALTER TABLE media DISABLE TRIGGER media_modified")
    await connection.execute("UPDATE media SET modified_at = now() - interval '2 days' WHERE received = 0")
    await connection.execute("ALTER TABLE media ENABLE TRIGGER media_modified")

    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["Upload-Expires"])
    status, _, _ = await tus(world, "HEAD", headers["Location"], token)
    assert status == 410
    assert (await patch(world, token, headers["Location"], 0, b"x"))[0] == 410


async def test_other_versions_of_tus_are_refused_and_told_ours(world: World) -> None:
    token = await world.person()
    for version in ("", "0.2.2"):
        status, headers, _ = await create(world, token, b"x", version=version)
        assert (status, headers["Tus-Version"]) == (412, "1.0.0")


async def test_server_tells_what_it_understands(world: World) -> None:
    status, headers, _ = await tus(world, "OPTIONS", CREATE, None)

    assert status == 204
    assert headers["Tus-Extension"] == "creation,creation-with-upload,termination,checksum,expiration"
    assert headers["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert headers["Tus-Max-Size"] == str(MOST)
    assert headers["Tus-Resumable"] == headers["Tus-Version"] == "1.0.0"


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({"Upload-Metadata": ""}, "kind"),
        ({"Upload-Metadata": "kind ZGFzaGJvYXJk"}, "sha256"),
        ({"Upload-Metadata": "kind !"}, "Upload-Metadata"),
        ({"Upload-Metadata": "kind /w=="}, "Upload-Metadata"),
        ({"Upload-Length": ""}, "Upload-Length"),
        ({"Upload-Length": "-1"}, "Upload-Length"),
        ({"Upload-Length": "0"}, "bytes"),
        ({"Upload-Length": "9" * 20}, "Upload-Length"),
        ({"Upload-Metadata": metadata(b"x", "tune")}, "kind"),
        ({"Upload-Metadata": metadata(b"x", content_type="image/jpeg\n")}, "content_type"),
        ({"Upload-Metadata": metadata(b"x", captured_at="yesterday")}, "captured_at"),
        ({"Upload-Metadata": metadata(b"x", captured_at="9999-12-31T23:59:59-14:00")}, "captured_at"),
        ({"Upload-Metadata": metadata(b"x", captured_at="2999-01-01T00:00:00Z")}, "captured_at"),
    ],
)
async def test_bad_words_at_creation_are_refused(world: World, headers: dict[str, str], path: str) -> None:
    said = {"Upload-Length": "1", "Upload-Metadata": metadata(b"x"), **headers}
    status, _, body = await tus(world, "POST", CREATE, await world.person(), said)

    assert status == 422
    assert f'"path":"{path}"'.encode() in body


async def test_what_was_said_of_a_file_is_said_back(world: World) -> None:
    token, data = await world.person(), os.urandom(10)
    said = {"content_type": "image/heic", "captured_at": "2026-11-22T09:30:00+00:00"}
    address = await begin(world, token, data, "attachment", **said)
    _, headers, _ = await tus(world, "HEAD", address, token)

    assert headers["Upload-Metadata"] == metadata(data, "attachment", **said)


async def test_method_may_stand_in_a_header(world: World) -> None:
    token, data = await world.person(), os.urandom(100)
    address = await begin(world, token, data)
    said = {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", "Content-Type": OFFSET_STREAM}

    assert (await tus(world, "POST", address, token, said, data))[0] == 204
    assert (await tus(world, "POST", address, token, {"X-HTTP-Method-Override": "HEAD"}))[0] == 200
    assert (await tus(world, "POST", address, token, {"X-HTTP-Method-Override": "DELETE"}))[0] == 204
    assert (await tus(world, "POST", address, token))[0] == 405


async def test_upload_of_somebody_else_is_not_there(world: World) -> None:
    address = await begin(world, await world.person(), b"x" * 10)
    stranger = await world.person()

    assert (await tus(world, "HEAD", address, stranger))[0] == 404
    assert (await patch(world, stranger, address, 0, b"x"))[0] == 404
    assert (await tus(world, "DELETE", address, stranger))[0] == 404
    for role in ("analyst", "administrator"):
        assert (await tus(world, "HEAD", address, await world.person(role)))[0] == 403
    assert (await tus(world, "HEAD", address, None))[0] == 401


async def create(
    world: World, token: str, data: bytes, body: bytes = b"", version: str = "1.0.0", kind: str = "dashboard"
) -> tuple[int, dict[str, str], bytes]:
    headers = {"Upload-Length": str(len(data)), "Upload-Metadata": metadata(data, kind), "Tus-Resumable": version}
    if body:
        headers["Content-Type"] = OFFSET_STREAM
    return await tus(world, "POST", CREATE, token, headers, body or None)


async def patch(
    world: World, token: str, address: str, offset: int, data: bytes, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    said = {"Upload-Offset": str(offset), "Content-Type": OFFSET_STREAM, **(headers or {})}
    return await tus(world, "PATCH", address, token, said, data)


async def content(world: World, token: str, address: str) -> bytes:
    status, _, body = await tus(world, "GET", f"/v1/media/{address.rpartition('/')[2]}/content", token)
    assert status == 200
    return body
