"""An object is there whole or not at all, and who comes second changes nothing."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from monitor.errors import SettingsInvalid, Unavailable
from monitor.store.objects import ObjectMissing, Objects, open_objects

ENDING = """
import asyncio, sys
from monitor.store.objects import open_objects
async def main():
    objects = open_objects(sys.argv[1])
    await objects.create("a/b", bytes(100_000))
    reading = asyncio.create_task(objects.read("a/b"))
    await asyncio.sleep(0)
    reading.cancel()
    raise SystemExit(3)
asyncio.run(main())
"""


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return open_objects((tmp_path / "store").as_uri())


async def parts(*given: bytes, fault: Exception | None = None) -> AsyncIterator[bytes]:
    for part in given:
        yield part
    if fault is not None:
        raise fault


async def test_first_writer_of_a_name_wins(objects: Objects) -> None:
    both = await asyncio.gather(objects.create("a/piece", b"first"), objects.create("a/piece", b"second"))

    assert sorted(both) == [False, True]
    assert await objects.read("a/piece") in {b"first", b"second"}
    assert not await objects.create("a/piece", b"third")


async def test_composed_object_is_whole_or_not_there(objects: Objects, tmp_path: Path) -> None:
    given = [os.urandom(400_000) for _ in range(20)]
    await objects.compose("a/whole", parts(*given))
    with pytest.raises(ValueError, match="no good"):
        await objects.compose("a/broken", parts(*given, fault=ValueError("no good")))

    assert await objects.read("a/whole") == b"".join(given)
    assert [path.name for path in (tmp_path / "store" / "a").iterdir()] == ["whole"]


async def test_part_of_an_object_is_streamed(objects: Objects) -> None:
    data = os.urandom(700_000)
    await objects.create("a/b", data)

    assert b"".join([piece async for piece in objects.stream("a/b", 100, 600_000)]) == data[100:600_000]


async def test_cleared_folder_is_gone_and_its_neighbours_stay(objects: Objects, tmp_path: Path) -> None:
    for name in ("a/x/1", "a/x/2", "a/y", "ab"):
        await objects.create(name, b"x")
    # As a writer leaves it that was killed; the store does not list it.
    (tmp_path / "store" / "a" / "x" / "3#1").write_bytes(b"half")
    await objects.clear("a/x")
    await objects.clear("nothing/there")

    assert await objects.size("a/y") == await objects.size("ab") == 1
    assert not (tmp_path / "store" / "a" / "x").exists()


async def test_what_is_not_there_is_missing(objects: Objects) -> None:
    with pytest.raises(ObjectMissing):
        await objects.read("a/b")
    with pytest.raises(ObjectMissing):
        await objects.size("a/b")
    with pytest.raises(ObjectMissing):
        await anext(objects.stream("a/b", 0, 1))


async def test_store_that_cannot_be_written_is_unavailable(objects: Objects, tmp_path: Path) -> None:
    (tmp_path / "store" / "a").write_text("a file where a folder should be")
    with pytest.raises(Unavailable):
        await objects.create("a/b", b"x")


@pytest.mark.parametrize("url", ["nonsense", "ftp://host/folder", "file:///proc/nowhere/at/all"])
def test_unusable_store_is_a_mistake_in_the_settings(url: str) -> None:
    with pytest.raises(SettingsInvalid):
        open_objects(url)


async def test_process_may_end_while_the_store_answers(tmp_path: Path) -> None:
    """Otherwise its threads would abort it, and whoever watches it would take a clean end for a crash."""
    store = (tmp_path / "store").as_uri()
    # At once, so that they keep each other waiting where it matters.
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", ENDING, store) for _ in range(8)]
    assert {await process.wait() for process in processes} == {3}
