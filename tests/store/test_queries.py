"""Statements are found by their names, and what differs in a word only is written once."""

from pathlib import Path

import pytest

from monitor.store import queries
from monitor.store.queries import Shelf


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(queries, "sql_folder", lambda: tmp_path)
    queries._read.cache_clear()
    (tmp_path / "queries").mkdir()
    return tmp_path / "queries" / "shelf.sql"


def test_a_statement_ends_where_the_next_begins(shelf: Path) -> None:
    shelf.write_text("-- what this is\n-- name: one\n-- Says one.\nSELECT 1;\n\n-- name: two\nSELECT '{1}'\n")

    assert Shelf("shelf").names() == ["one", "two"]
    assert Shelf("shelf")["one"] == "-- Says one.\nSELECT 1"
    assert Shelf("shelf")["two"] == "SELECT '{1}'"


def test_a_hole_in_a_name_makes_a_statement_of_each_word(shelf: Path) -> None:
    shelf.write_text("-- each {unit}: hour, day\n-- name: last_{unit}\nSELECT max(at)\nFROM sums_{unit}\n")

    assert Shelf("shelf").names() == ["last_hour", "last_day"]
    assert Shelf("shelf")["last_day"] == "SELECT max(at)\nFROM sums_day"


def test_a_hole_elsewhere_makes_a_line_of_each_word(shelf: Path) -> None:
    shelf.write_text(
        "-- each {unit}: hour, day\n-- each {kpi}: loss, speed\n"
        "-- name: sum_{unit}\nSELECT\n    sum({kpi}_{unit}),\n    count(*)\nFROM sums\n"
    )

    assert Shelf("shelf")["sum_day"] == "SELECT\n    sum(loss_day),\n    sum(speed_day),\n    count(*)\nFROM sums"


def test_lines_of_several_statements_are_said_once(shelf: Path) -> None:
    shelf.write_text(
        "-- each {kpi}: loss, speed\n-- lines {sums}:\n{kpi}_n,\n(\n    rows\n)\n\n"
        "-- name: one\nSELECT\n    {sums},\n    at\n-- name: two\nSELECT (\n        {sums}\n)"
    )

    assert Shelf("shelf")["one"] == "SELECT\n    loss_n,\n    speed_n,\n    (\n        rows\n    ),\n    at"
    assert Shelf("shelf")["two"].splitlines()[1:-1] == [
        " " * 8 + line for line in ("loss_n,", "speed_n,", "(", "    rows", ")")
    ]


def test_braces_that_stand_for_nothing_stay(shelf: Path) -> None:
    shelf.write_text("-- lines {sums}:\nrows\n\n-- name: one\nSELECT '{sums}',\n{other}\n")

    assert Shelf("shelf")["one"] == "SELECT '{sums}',\n{other}"


def test_two_statements_of_one_name_are_refused(shelf: Path) -> None:
    shelf.write_text("-- each {unit}: hour, day\n-- name: last_{unit}\nSELECT 1\n-- name: last_day\nSELECT 2\n")

    with pytest.raises(ValueError, match="have one name"):
        Shelf("shelf").names()
