"""Advisory locks are one space of numbers: two purposes with one number would wait for each other."""

import collections
import re
from pathlib import Path

MERGER = "hashtext('roadpulse.merger')"
"""Migrations take it as well, on purpose: they keep the merger from working meanwhile."""
SQL = Path(__file__).resolve().parent.parent / "sql"


def test_every_advisory_lock_has_a_number_of_its_own() -> None:
    taken = collections.Counter(
        (path.name, number)
        for path in SQL.rglob("*.sql")
        for number in re.findall(r"pg_(?:try_)?advisory_(?:xact_)?lock\((.+)\)", path.read_text(encoding="utf-8"))
    )
    users: dict[str, set[str]] = collections.defaultdict(set)
    for file, number in taken:
        users[number].add(file)
    assert "rollups.sql" in users.pop(MERGER)

    assert len(users) >= 3
    assert {number: files for number, files in users.items() if len(files) > 1} == {}
