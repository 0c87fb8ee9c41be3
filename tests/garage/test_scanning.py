"""A file that the virus scanner does not let pass is not kept; one that it cannot be asked about waits."""

import asyncio
import os
from pathlib import Path

import pytest

from monitor.errors import MediaInfected, Unavailable
from monitor.garage.scanning import Scanner
from tests.conftest import EICAR


async def test_clean_file_passes_and_an_infected_one_does_not(clamd: str) -> None:
    scanner = Scanner(clamd)
    await scanner.scan(b"")
    await scanner.scan(os.urandom(700_000))
    for infected in (EICAR, EICAR + b"\n", b"\x00" * 600_000 + EICAR):
        with pytest.raises(MediaInfected):
            await scanner.scan(infected)
    await scanner.scan(b"clean again")


async def test_file_that_is_not_looked_at_is_not_clean(clamd: str) -> None:
    with pytest.raises(Unavailable):
        await Scanner(clamd).scan(bytes(2_000_000))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "unix:///nowhere/clamd"])
async def test_scanner_out_of_reach_is_no_answer(address: str) -> None:
    with pytest.raises(Unavailable):
        await Scanner(address).scan(b"anything")


async def test_scanner_that_hangs_up_is_no_answer(tmp_path: Path) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_unix_server(hang_up, str(tmp_path / "socket"))
    async with server:
        with pytest.raises(Unavailable):
            await Scanner(f"unix://{tmp_path / 'socket'}").scan(bytes(3_000_000))


async def test_without_a_scanner_every_file_passes() -> None:
    await Scanner("").scan(EICAR)
