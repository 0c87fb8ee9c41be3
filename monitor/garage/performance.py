"""How the models do week by week: how many files they read, how fast, how often they doubt and were found right."""

from monitor.store.db import Database, Row
from monitor.store.queries import Shelf
from monitor.values import Viewer
from monitor.wire.garage import ModelWeek

_SQL = Shelf("performance")


async def weeks(db: Database, viewer: Viewer, count: int) -> list[ModelWeek]:
    """This week and those before it, the newest first, as far as enough people stand behind them."""
    async with db.viewing(viewer) as tx:
        return [_week(row) for row in await tx.fetch(_SQL["weeks"], count)]


def _week(row: Row) -> ModelWeek:
    name, _, version = row["model"].rpartition("-")
    return ModelWeek(
        name=name,
        version=int(version),
        week=row["week"],
        readings=row["readings"],
        took_ms_p50=round(row["took_ms_p50"], 1),
        took_ms_p95=round(row["took_ms_p95"], 1),
        abstained=row["abstained"],
        outcomes=row["told"],
        agreed=row["agreed"],
    )
