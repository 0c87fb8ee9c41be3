"""Gaps in coverage, out of the days of two weeks."""

import datetime
from zoneinfo import ZoneInfo

from monitor.network import gaps
from monitor.network.gaps import GapKind
from monitor.network.providers import Directory
from monitor.store.db import Database
from monitor.values import AccountId, Role, Viewer, cell_text
from tests.conftest import ConnectAs

ZONE = "Africa/Douala"
TODAY = datetime.datetime.now(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
DAY = datetime.timedelta(days=1)
CELLS = [0x862830807FFFFFF + step * 0x10000000 for step in range(12)]


async def test_areas_without_network_are_told_from_good_ones_and_from_those_with_too_few_rows(
    db: Database, directory: Directory, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    mtn, orange = directory.by_slug["mtn"].id, directory.by_slug["orange"].id
    cut, edge, thin, weak, fair, silent, late, long_gone, spread, both, foreign, nowhere = CELLS
    # (cell, days ago, rows, connected of them, mean signal)
    for cell, ago, rows, connected, signal, provider in (
        (cut, 3, 20, 17, -90, mtn),
        (edge, 3, 20, 18, -115, mtn),
        (thin, 3, 9, 0, -120, mtn),
        (weak, 7, 10, 10, -116, mtn),
        (fair, 0, 10, 10, -90, mtn),
        (fair, 12, 90, 0, -130, mtn),
        (silent, 8, 10, 10, -90, mtn),
        (late, 8, 90, 90, -90, mtn),
        (late, 0, 1, 1, -90, mtn),
        (long_gone, 15, 90, 90, -90, mtn),
        (spread, 1, 5, 4, -90, mtn),
        (spread, 2, 5, 4, -90, mtn),
        (both, 1, 10, 0, -125, mtn),
        (foreign, 1, 10, 0, -125, orange),
        (0, 1, 90, 0, -125, mtn),
    ):
        await owner.execute(
            "INSERT INTO rollups_day (provider, at, cell, generation, rows, suspects, connected_n, connected_sum,"
            " signal_dbm_n, signal_dbm_sum) VALUES ($1, $2, $3, '4G', $4, 0, $4, $5, $4, $6)",
            provider, TODAY - ago * DAY, cell, rows, connected, rows * float(signal),
        )  # fmt: skip
    viewer = Viewer(Role.OPERATOR, AccountId(1), mtn)

    found = {gap.cell: gap for gap in await gaps.some(db, viewer, mtn, ZONE)}

    assert {cell: gap.kinds for cell, gap in found.items()} == {
        cell_text(cell): kinds
        for cell, kinds in (
            (cut, [GapKind.UNCONNECTED]),
            (weak, [GapKind.WEAK]),
            (silent, [GapKind.SILENT]),
            (spread, [GapKind.UNCONNECTED]),
            (both, [GapKind.UNCONNECTED, GapKind.WEAK]),
        )
    }
    told = found[cell_text(spread) or ""]
    assert (told.samples, told.connected, told.signal_dbm, told.last_day) == (10, 0.8, -90, TODAY - DAY)
    gone = found[cell_text(silent) or ""]
    assert (gone.samples, gone.connected, gone.signal_dbm, gone.last_day) == (0, None, None, TODAY - 8 * DAY)
    assert await gaps.some(db, viewer, orange, ZONE) == [], "another operator's network"
    assert cell_text(nowhere) not in found
