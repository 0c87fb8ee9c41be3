"""Files are shown to their owner, to others as copies without place, device and voice, and never run by a browser."""

import io
import json
import wave
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest
from multidict import CIMultiDictProxy
from PIL import Image

from ml.train.engine import strangers
from tests import files
from tests.conftest import Servers
from tests.journeys.conftest import World
from tests.ml.recordings import RATE, file_of
from tests.sending import begin, send, tus
from tests.served import Served, serve


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    with serve(servers, migrated) as served:
        yield served


@pytest.fixture
async def world(served: Served) -> AsyncIterator[World]:
    async with served.world() as world:
        yield world


async def get(
    world: World, path: str, token: str | None, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, CIMultiDictProxy[str], bytes]:
    said = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
    async with world.http.request(method, world.url + path, headers=said) as answer:
        return answer.status, answer.headers, await answer.read()


async def test_original_is_given_back_as_it_came_and_only_to_be_saved(world: World) -> None:
    token, data = await world.person(), files.picture()
    photo = await send(world, token, data)
    status, headers, body = await get(world, f"/v1/media/{photo}/content", token)

    assert (status, body) == (200, data)
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cache-Control"] == "private, no-cache"
    again, _, body = await get(world, f"/v1/media/{photo}/content", token, {"If-None-Match": headers["ETag"]})
    assert (again, body) == (304, b"")


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-99", 206, 0, 100), ("bytes=100-", 206, 100, None), ("bytes=-50", 206, -50, None),
        ("bytes=0-99999999", 206, 0, None), ("bytes=0-0", 206, 0, 1),
        ("bytes=99999999-", 416, 0, 0), ("bytes=-0", 416, 0, 0),
        ("bytes=9-3", 200, 0, None), ("bytes=0-1,5-6", 200, 0, None), ("bytes=", 200, 0, None),
        ("bytes=-", 200, 0, None), ("lines=0-1", 200, 0, None), ("bytes=a-b", 200, 0, None),
    ],
)  # fmt: skip
async def test_part_of_a_recording_can_be_asked_for(
    world: World, asked: str, status: int, start: int, end: int | None
) -> None:
    token, data = await world.person(), files.wav()
    recording = await send(world, token, data, "sound")
    path = f"/v1/media/{recording}/content"
    got, headers, body = await get(world, path, token, {"Range": asked})

    assert got == status
    if status == 416:
        assert headers["Content-Range"] == f"bytes */{len(data)}"
        return
    wanted = data[start:end]
    assert (body, int(headers["Content-Length"])) == (wanted, len(wanted))
    if status == 206:
        first = start % len(data)
        assert headers["Content-Range"] == f"bytes {first}-{first + len(wanted) - 1}/{len(data)}"
        got, _, body = await get(world, path, token, {"Range": asked, "If-Range": '"another"'})
        assert (got, body) == (200, data)
        got, _, body = await get(world, path, token, {"Range": asked, "If-Range": headers["ETag"]})
        assert (got, body) == (206, wanted)


async def test_head_tells_what_get_would_give(world: World) -> None:
    token, data = await world.person(), files.picture()
    photo = await send(world, token, data)
    status, headers, body = await get(world, f"/v1/media/{photo}/content", token, method="HEAD")

    assert (status, body, int(headers["Content-Length"])) == (200, b"", len(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIC"])
async def test_picture_is_turned_and_tells_neither_place_nor_device(world: World, kind: str) -> None:
    token = await world.person()
    data = files.heic(quarters=3) if kind == "HEIC" else files.picture(kind, orientation=6)
    photo = await send(world, token, data)
    status, headers, body = await get(world, f"/v1/media/{photo}/picture?longest=320", token)

    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    for trace in (b"Exif", b"samsung", b"SM-G991B", b"GPS", b"2026:11:22", b"ICC_PROFILE"):
        assert trace not in body
    with Image.open(io.BytesIO(body)) as shown:
        assert shown.size == (200, 320)
        assert not shown.getexif()
        pixels = np.asarray(shown).astype(int)
    # The red mark was left above; turned by a quarter it is right above.
    assert pixels[60, 130, 0] > 180 > pixels[60, 130, 1]


async def test_picture_comes_in_four_sizes_and_is_never_blown_up(world: World) -> None:
    token = await world.person()
    photo = await send(world, token, files.picture())
    widths = {}
    for longest in (1, 320, 321, 640, 1280, 2048):
        _, _, body = await get(world, f"/v1/media/{photo}/picture?longest={longest}", token)
        with Image.open(io.BytesIO(body)) as shown:
            widths[longest] = shown.width

    assert widths == {1: 320, 320: 320, 321: 640, 640: 640, 1280: 640, 2048: 640}
    for longest in (0, -1, 2049, "x"):
        status, _, _ = await get(world, f"/v1/media/{photo}/picture?longest={longest}", token)
        assert status == 422


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [("ipod", "aac", 48_000), ("webm", "libopus", 48_000), ("3gp", "libopencore_amrnb", 8_000)],
)
async def test_sound_is_a_plain_recording_that_tells_no_place(
    world: World, container: str, codec: str, rate: int
) -> None:
    token = await world.person()
    recording = await send(world, token, files.sound(container, codec, rate), "sound")
    status, headers, body = await get(world, f"/v1/media/{recording}/sound", token)

    assert (status, headers["Content-Type"], body[:4]) == (200, "audio/wav", b"RIFF")
    # A head of 44 bytes, 2 s of 16 kHz, and nothing else.
    assert abs(len(body) - 44 - 2 * 2 * 16_000) < 4_000
    assert b"location" not in body
    assert b"04.1550" not in body


async def test_spectrogram_shows_where_a_tone_lies(world: World) -> None:
    token = await world.person()
    recording = await send(world, token, files.wav(), "sound")
    status, headers, body = await get(world, f"/v1/media/{recording}/spectrogram", token)
    said = json.loads(body)
    rows = np.frombuffer(b64decode(said["rows"]), np.uint8).reshape(len(said["hz"]), said["columns"])

    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert abs(said["columns"] * said["seconds_per_column"] - 2.0) < 0.1
    assert said["hz"] == sorted(said["hz"])
    assert rows.max() == 255
    # The engine of the test hums below 300 Hz.
    loudest = np.asarray(said["hz"])[rows.mean(axis=1).argmax()]
    assert loudest < 300


async def test_copy_is_kept_and_asked_about_by_its_tag(world: World) -> None:
    token = await world.person()
    photo = await send(world, token, files.picture())
    first = await get(world, f"/v1/media/{photo}/picture", token)
    tag = {"If-None-Match": first[1]["ETag"]}

    assert (await get(world, f"/v1/media/{photo}/picture", token, tag))[0] == 304
    assert (await get(world, f"/v1/media/{photo}/picture", token))[2] == first[2]


async def test_archive_behind_a_picture_is_not_in_its_copy(world: World) -> None:
    """Phones write things behind their pictures, so this is no reason to refuse them; others see nothing of it."""
    token = await world.person()
    photo = await send(world, token, files.picture() + b"PK\x03\x04<script>alert(1)</script>")
    status, headers, body = await get(world, f"/v1/media/{photo}/picture", token)

    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    assert b"PK\x03\x04" not in body
    assert b"<script" not in body


async def test_link_shows_a_copy_until_it_is_revoked(world: World) -> None:
    token = await world.person()
    photo = await send(world, token, files.picture())
    status, made = await world.call("POST", f"/v1/media/{photo}/links", token, {"expires_in_s": 60})
    assert status == 201
    status, headers, body = await get(world, made["url"], None)

    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (200, "image/jpeg", "private, no-store")
    assert b"SM-G991B" not in body
    assert (await world.call("DELETE", f"/v1/media/{photo}/links", token))[0] == 204
    assert (await get(world, made["url"], None))[0] == 404


async def test_link_to_a_recording_plays_no_voice(world: World) -> None:
    token = await world.person()
    recording = await send(world, token, file_of(np.concatenate([strangers.made("voice", 4)] * 2)), "sound")
    _, made = await world.call("POST", f"/v1/media/{recording}/links", token, {"expires_in_s": 60})
    (_, _, own), (status, headers, others) = [
        await get(world, path, who) for path, who in ((f"/v1/media/{recording}/sound", token), (made["url"], None))
    ]

    assert (status, headers["Content-Type"]) == (200, "audio/wav")
    with wave.open(io.BytesIO(own)) as hers, wave.open(io.BytesIO(others)) as theirs:
        assert any(hers.readframes(RATE))
        assert theirs.getparams() == hers.getparams()
        assert not any(theirs.readframes(theirs.getnframes()))


async def test_link_ends_with_its_time_its_file_and_its_owners_standing(world: World) -> None:
    owner, administrator = await world.person(), await world.person("administrator")
    connection = await world.connect_as("superuser")
    for number, end in enumerate(("time", "file", "owner")):
        # A picture that she has sent already would be found, not sent again.
        photo = await send(world, owner, files.picture(quality=90 - number))
        _, made = await world.call("POST", f"/v1/media/{photo}/links", owner, {"expires_in_s": 60})
        assert (await get(world, made["url"], None))[0] == 200
        if end == "time":
            statement = (
                "UPDATE media_links SET created_at = now() - interval '2 h', expires_at = now() - interval '1 h'"
            )
            await connection.execute(f"{statement} WHERE media = $1", photo)
        elif end == "file":
            assert (await world.call("DELETE", f"/v1/media/{photo}", owner))[0] == 204
        else:
            _, me = await world.call("GET", "/v1/accounts/me", owner)
            await world.call("PATCH", f"/v1/accounts/{me['id']}", administrator, {"is_active": False})
            assert (await get(world, f"/v1/media/{photo}/content", owner))[0] == 403

        assert (await get(world, made["url"], None))[0] == 404, end


async def test_links_are_bounded_in_time_and_number(world: World) -> None:
    token = await world.person()
    photo = await send(world, token, files.picture())
    path = f"/v1/media/{photo}/links"
    for seconds in (0, -1, 2_592_001, "x"):
        assert (await world.call("POST", path, token, {"expires_in_s": seconds}))[0] == 422
    made = [(await world.call("POST", path, token, {"expires_in_s": 60}))[0] for _ in range(51)]

    assert made == [201] * 50 + [409]


async def test_what_cannot_be_copied_cannot_be_shared(world: World) -> None:
    token = await world.person()
    document = await send(world, token, files.document(), "attachment")

    assert (await world.call("POST", f"/v1/media/{document}/links", token, {"expires_in_s": 60}))[0] == 409
    assert (await get(world, f"/v1/media/{document}/picture", token))[0] == 422
    assert (await get(world, f"/v1/media/{document}/content", token))[0] == 200


async def test_file_on_its_way_is_not_shown_yet(world: World) -> None:
    token = await world.person()
    photo = (await begin(world, token, files.picture())).rpartition("/")[2]
    _, found = await world.call("GET", f"/v1/media/{photo}", token)

    assert (found["state"], found["stored_at"], found["quality"]) == ("receiving", None, None)
    for way in ("content", "picture"):
        status, _, body = await get(world, f"/v1/media/{photo}/{way}", token)
        assert (status, b"media_not_ready" in body) == (409, True)


async def test_files_of_somebody_else_are_not_there(world: World) -> None:
    owner, stranger = await world.person(), await world.person()
    photo = await send(world, owner, files.picture())
    recording = await send(world, owner, files.wav(), "sound")
    await world.call("POST", f"/v1/media/{photo}/links", owner, {"expires_in_s": 60})

    for path in (
        f"/v1/media/{photo}", f"/v1/media/{photo}/content", f"/v1/media/{photo}/picture",
        f"/v1/media/{recording}/sound", f"/v1/media/{recording}/spectrogram",
    ):  # fmt: skip
        assert (await get(world, path, stranger))[0] == 404, path
        assert (await get(world, path, None))[0] == 401, path
        for role in ("administrator", "analyst"):
            assert (await get(world, path, await world.person(role)))[0] == 403, path
        assert (await get(world, path, await world.device(owner)))[0] == 403, path
    assert (await world.call("DELETE", f"/v1/media/{photo}", stranger))[0] == 404
    assert (await world.call("DELETE", f"/v1/media/{photo}/links", stranger))[0] == 404
    assert (await world.call("POST", f"/v1/media/{photo}/links", stranger, {"expires_in_s": 60}))[0] == 404
    assert (await world.call("GET", "/v1/media", stranger))[1]["items"] == []
    assert (await get(world, f"/v1/media/{photo}/content", owner))[0] == 200


async def test_deleted_file_is_gone_with_everything_made_of_it(world: World, served: Served) -> None:
    token = await world.person()
    photo = await send(world, token, files.picture())
    await get(world, f"/v1/media/{photo}/picture", token)
    folder = served.files / photo
    assert sorted(path.name for path in folder.iterdir()) == ["copies", "original"]

    assert (await world.call("DELETE", f"/v1/media/{photo}", token))[0] == 204
    assert not folder.exists()
    for way in ("", "/content", "/picture"):
        assert (await get(world, f"/v1/media/{photo}{way}", token))[0] == 404
    assert (await world.call("DELETE", f"/v1/media/{photo}", token))[0] == 404


async def test_list_is_walked_the_newest_first(world: World) -> None:
    token = await world.person()
    sent = [await send(world, token, files.picture(quality=quality)) for quality in (60, 70, 80, 90)]
    sound = await send(world, token, files.wav(), "sound")
    seen, path = [], "/v1/media?kind=dashboard&limit=3"
    while path:
        _, page = await world.call("GET", path, token)
        seen += [item["id"] for item in page["items"]]
        path = page["next"] and f"/v1/media?kind=dashboard&limit=3&after={page['next']}"

    assert seen == sent[::-1]
    _, page = await world.call("GET", "/v1/media", token)
    assert [item["id"] for item in page["items"]] == [sound, *sent[::-1]]
    assert (await world.call("GET", "/v1/media?kind=tune", token))[0] == 422


async def test_upload_in_the_manner_of_tus_is_the_same_file_over_the_socket(world: World) -> None:
    token, data = await world.person(), files.picture()
    address = await begin(world, token, data)
    await tus(
        world,
        "PATCH",
        address,
        token,
        {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
        data[:5_000],
    )
    socket = await world.console(token)
    begun = await socket.say(
        "media", kind="dashboard", content_type="image/jpeg", bytes=len(data), sha256=files.sha256(data)
    )

    assert begun == {"media": address.rpartition("/")[2], "upload": 1, "offset": 5_000}
