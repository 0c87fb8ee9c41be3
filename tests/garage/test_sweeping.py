"""Nothing lies in the store that nobody needs: not of uploads left, files refused or deleted, or senders killed."""

import datetime
import functools
import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from monitor.errors import MediaHashDiffers, UploadExpired, UploadFragmented
from monitor.garage import media, sweeping
from monitor.garage.incoming import Door, Upload
from monitor.garage.uploads import Uploads
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.store.objects import Objects, open_objects
from monitor.values import MediaKind, Viewer
from monitor.wire.media import Offer
from tests.conftest import ConnectAs
from tests.population import Population

NOW = datetime.timedelta(0)
Sweep = Callable[[], Awaitable[None]]


@pytest.fixture
def objects(settings: Settings) -> Objects:
    return open_objects(settings.media.url)


@pytest.fixture
def uploads(db: Database, objects: Objects, settings: Settings) -> Uploads:
    return Uploads(db, objects, settings)


@pytest.fixture
def sweep(db: Database, objects: Objects, settings: Settings) -> Sweep:
    """A round that does not wait for what may still be written."""
    return functools.partial(sweeping.sweep, db, objects, settings, settled=NOW)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "media"


async def begin(uploads: Uploads, viewer: Viewer, data: bytes) -> Upload:
    offer = Offer(MediaKind.SOUND, "audio/wav", len(data), hashlib.sha256(data).hexdigest())
    return await uploads.resume(viewer, (await uploads.begin(viewer, offer, Door.TUS)).media, Door.TUS)


async def age(connect_as: ConnectAs, upload: Upload) -> None:
    connection = await connect_as("superuser")
    await connection.execute("ALTER TABLE media DISABLE TRIGGER media_modified")
    await connection.execute("UPDATE media SET modified_at = now() - interval '2 days' WHERE id = $1", upload.media)
    await connection.execute("ALTER TABLE media ENABLE TRIGGER media_modified")


async def test_upload_left_unfinished_is_forgotten(
    uploads: Uploads, town: Population, connect_as: ConnectAs, store: Path, sweep: Sweep
) -> None:
    old = await begin(uploads, town.ada.viewer, os.urandom(5_000))
    fresh = await begin(uploads, town.ada.viewer, os.urandom(5_000))
    for upload in (old, fresh):
        await upload.keep(bytes(1_000))
    await age(connect_as, old)
    # Forgotten in one round and cleared in a later one: a sender may be at it this moment.
    await sweep()
    assert lying(store) == {str(old.media), str(fresh.media)}
    await sweep()

    assert lying(store) == {str(fresh.media)}
    with pytest.raises(UploadExpired):
        await uploads.resume(town.ada.viewer, old.media, Door.TUS)
    with pytest.raises(UploadExpired):
        await old.keep(bytes(1_000))


async def test_piece_written_after_the_end_is_cleared(
    uploads: Uploads, objects: Objects, town: Population, store: Path, sweep: Sweep
) -> None:
    """A sender that was held up between writing a piece and telling the database."""
    upload = await begin(uploads, town.ada.viewer, os.urandom(5_000))
    await uploads.delete(town.ada.viewer, upload.media)
    await objects.create(media.piece(upload.media, 0), b"late")
    assert lying(store) == {str(upload.media)}
    await sweep()

    assert lying(store) == set()


async def test_pieces_of_a_whole_file_are_cleared_and_the_file_stays(
    uploads: Uploads, objects: Objects, town: Population, store: Path, sweep: Sweep
) -> None:
    """A server that was killed between the commit and its clearing up."""
    data = os.urandom(300_000)
    upload = await begin(uploads, town.ada.viewer, data)
    await upload.keep(data)
    await upload.finish()
    await objects.create(media.piece(upload.media, 0), data[:1_000])
    await sweep()

    assert sorted(path.name for path in (store / str(upload.media)).iterdir()) == ["original"]
    assert await objects.read(media.original(upload.media)) == data


async def test_account_that_goes_takes_its_files_along(
    uploads: Uploads, town: Population, connect_as: ConnectAs, store: Path, sweep: Sweep
) -> None:
    data = os.urandom(1_000)
    upload = await begin(uploads, town.ben.viewer, data)
    await upload.keep(data)
    await upload.finish()
    connection = await connect_as("superuser")
    await connection.execute("DELETE FROM sessions WHERE account = $1", town.ben.identity.account)
    await connection.execute("DELETE FROM accounts WHERE id = $1", town.ben.identity.account)
    await sweep()

    assert lying(store) == set()
    assert await connection.fetchval("SELECT count(*) FROM media_leftovers") == 0


async def test_file_in_too_many_pieces_is_refused_and_cleared(
    uploads: Uploads, town: Population, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.garage.incoming.MOST_PIECES", 3)
    upload = await begin(uploads, town.ada.viewer, os.urandom(5_000))
    for _ in range(3):
        await upload.keep(b"x")
    with pytest.raises(UploadFragmented):
        await upload.keep(b"x")

    assert lying(store) == set()


async def test_lost_piece_is_a_failure_that_may_be_tried_again(
    uploads: Uploads, objects: Objects, town: Population
) -> None:
    """As a loss of power may leave it: the row knows of a piece that the disk does not."""
    data = os.urandom(300_000)
    upload = await begin(uploads, town.ada.viewer, data)
    await upload.keep(data)
    await objects.replace(media.piece(upload.media, 131_072), b"")
    with pytest.raises(MediaHashDiffers):
        await upload.finish()

    again = await begin(uploads, town.ada.viewer, data)
    assert again.media != upload.media


async def test_torn_piece_is_written_anew(uploads: Uploads, objects: Objects, town: Population) -> None:
    """A piece that a killed server began, and of which nothing came to the disk."""
    data = os.urandom(1_000)
    upload = await begin(uploads, town.ada.viewer, data)
    await objects.create(media.piece(upload.media, 0), b"")
    await upload.keep(data)
    await upload.finish()

    assert await objects.read(media.original(upload.media)) == data


async def test_piece_of_a_killed_server_is_taken_over(uploads: Uploads, objects: Objects, town: Population) -> None:
    """It had written the piece, and not told the database yet."""
    data = os.urandom(5_000)
    upload = await begin(uploads, town.ada.viewer, data)
    await objects.create(media.piece(upload.media, 0), data[:3_000])
    await upload.keep(data[:1_000])
    assert upload.kept == 3_000
    await upload.keep(data[3_000:])
    await upload.finish()

    assert await objects.read(media.original(upload.media)) == data


def lying(store: Path) -> set[str]:
    """Of which files something lies in the store."""
    return {path.name for path in store.iterdir()}


async def test_job_that_was_given_up_is_kept_for_a_while(sweep: Sweep, connect_as: ConnectAs) -> None:
    connection = await connect_as("superuser")
    await connection.execute(
        "INSERT INTO jobs (kind, subject, starts, due_at, failure, created_at) VALUES"
        " ('diagnose', 'long ago', 3, NULL, 'worker_lost', now() - interval '91 days'),"
        " ('diagnose', 'parked', 3, NULL, 'worker_lost', now() - interval '89 days'),"
        " ('diagnose', 'waiting', 0, now(), NULL, now() - interval '91 days')"
    )

    await sweep()

    assert [row["subject"] for row in await connection.fetch("SELECT subject FROM jobs ORDER BY id")] == [
        "parked", "waiting"
    ]  # fmt: skip
