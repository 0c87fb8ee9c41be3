"""Phone numbers as people write them, and what the trail tells of a profile."""

import pytest

from monitor.people import audit, profiles
from monitor.store.db import Database
from monitor.wire.people import ChangedProfile
from tests.population import Population


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+237 6 71 23 45 67", "+237671234567"),
        ("00237-671.23.45.67", "+237671234567"),
        ("+237\u00a0671\u2011234567", "+237671234567"),
        ("\uff0b237671234567", "+237671234567"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("(+33) 6/12/34/56/78", "+33612345678"),
        ("671 23 45 67", None),
        ("+0237671234567", None),
        ("+23767", None),
        ("+237671234567890123", None),
        ("+237 671 ext 4", None),
        ("", None),
    ],
)
def test_a_phone_number_is_kept_in_one_form(written: str, kept: str | None) -> None:
    assert profiles.e164(written) == kept


async def test_the_trail_says_that_a_profile_changed_but_not_to_what(db: Database, town: Population) -> None:
    await profiles.change(db, town.ada.viewer, ChangedProfile("Ada Ngo", "+237671234567", "fr", {"town": "Kribi"}))

    newest = (await audit.some(db, town.admin.viewer, 2**62, 1))[0]
    assert (newest.table_name, newest.action, newest.person) == ("accounts", "update", town.ada.identity.account)
    assert newest.after is not None
    assert newest.after.keys() == {"language", "modified_at"}


async def test_two_may_give_the_same_unverified_number(db: Database, town: Population) -> None:
    for person in (town.ada, town.ben):
        found = await profiles.change(db, person.viewer, ChangedProfile(phone="+237671234567"))
        assert found.phone == "+237671234567"
