"""What people say of themselves, changed by each for herself; nobody but she and administrators sees it."""

import re
import unicodedata
from typing import Any

import msgspec
from msgspec import UNSET

from monitor import log
from monitor.errors import InvalidField
from monitor.people import accounts
from monitor.people.accounts import Account
from monitor.store.db import Database
from monitor.store.queries import Shelf
from monitor.values import Viewer
from monitor.wire.people import ChangedProfile

MOST_ATTRIBUTES = 32
MOST_ATTRIBUTE_BYTES = 4096
"""of all of them together, as JSON"""

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_DRESSING = re.compile(r"\(0\)|[\s().\-/\u2010-\u2015]")
_SQL = Shelf("accounts")
_log = log.Log(__name__)


async def change(db: Database, viewer: Viewer, changed: ChangedProfile) -> Account:
    """The viewer's own account with these changes; null takes back what was said.

    Raises: InvalidField.
    """
    given = {name: value for name, value in msgspec.structs.asdict(changed).items() if value is not UNSET}
    _tidy(given)
    async with db.viewing(viewer) as tx:
        _check_size(await tx.fetchval(_SQL["change_profile"], given))
    _log.info("profile_changed", account=viewer.person, parts=sorted(given))
    return await accounts.find(db, viewer, viewer.person)


def e164(text: str) -> str | None:
    """A phone number as it is kept, `+237671234567`, out of the ways in which people write one; None if it is none."""
    bare = _DRESSING.sub("", unicodedata.normalize("NFKC", text))
    bare = f"+{bare[2:]}" if bare.startswith("00") else bare
    return bare if _PHONE.fullmatch(bare) else None


def _tidy(given: dict[str, Any]) -> None:
    faults: list[tuple[str, str]] = []
    if (name := given.get("full_name")) is not None:
        given["full_name"] = " ".join(name.split())
        if not given["full_name"]:
            faults.append(("full_name", "a name, or null"))
    if (phone := given.get("phone")) is not None:
        given["phone"] = e164(phone)
        if given["phone"] is None:
            faults.append(("phone", "a number that begins with + and the country's code, such as +237 6 71 23 45 67"))
    if faults:
        raise InvalidField(faults=faults)


def _check_size(attributes: dict[str, Any]) -> None:
    if len(attributes) > MOST_ATTRIBUTES or len(msgspec.json.encode(attributes)) > MOST_ATTRIBUTE_BYTES:
        reason = f"at most {MOST_ATTRIBUTES} of them, and {MOST_ATTRIBUTE_BYTES} bytes together"
        raise InvalidField(faults=[("attributes", reason)])
