"""A light that is named on the page is drawn beside its name, so that a driver can hold it against the dashboard."""

import re

from ml.findings import NOTHING, UNKNOWN
from ml.knowledge import load
from monitor.store.queries import sql_folder

DRAWINGS = sql_folder().parent / "monitor" / "web" / "source" / "garage" / "result" / "drawings.ts"


def drawn() -> set[str]:
    return set(re.findall(r"^  (\w+): \{ path: ", DRAWINGS.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_light_that_has_a_name_has_a_drawing() -> None:
    assert drawn() == set(load().lights) - {NOTHING, UNKNOWN}
