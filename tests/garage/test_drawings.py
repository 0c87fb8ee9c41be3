"""A light that is named on the page is drawn beside its name, so that a driver can hold it against the dashboard."""

import re

from ml.knowledge import load
from ml.knowledge.entries import Drive
from monitor.store.queries import sql_folder

DRAWINGS = sql_folder().parent / "monitor" / "web" / "source" / "garage" / "result" / "drawings.ts"


def drawn() -> set[str]:
    return set(re.findall(r"^  (\w+): \{ path: ", DRAWINGS.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_drawing_is_of_a_light_that_is_known() -> None:
    assert drawn() <= set(load().lights)


def test_every_light_that_forbids_driving_on_has_a_drawing() -> None:
    serious = {light.id for light in load().lights.values() if light.drive in (Drive.STOP, Drive.SLOW)}

    assert serious <= drawn()
