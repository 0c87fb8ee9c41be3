"""Nobody reads or changes the files of others, whatever they ask the database for."""

import asyncpg
import pytest

from monitor.garage import links
from monitor.people import audit
from monitor.store.db import Database
from monitor.values import MediaId
from tests.conftest import ConnectAs
from tests.population import Population

TABLES = ("media", "media_links", "media_leftovers")
FILE = (
    "INSERT INTO media (person, kind, content_type, bytes, sha256, state, received, stored_at)"
    " VALUES ($1, 'dashboard', 'image/jpeg', 1, sha256('x'), 'stored', 1, now()) RETURNING id"
)
REFUSED = (
    "UPDATE media SET person = 1",
    "UPDATE media SET bytes = 2",
    "UPDATE media SET sha256 = sha256('y')",
    "UPDATE media SET kind = 'sound'",
    "UPDATE media SET quality = '{}'",
    "UPDATE media_links SET expires_at = now() + interval '1 year'",
    "UPDATE media_links SET media = gen_random_uuid()",
    "DELETE FROM media_links",
    "SELECT FROM media_leftovers",
    "DELETE FROM media_leftovers",
    "INSERT INTO media_leftovers (media) VALUES (gen_random_uuid())",
    "TRUNCATE media",
)


@pytest.fixture
async def photo(db: Database, town: Population) -> MediaId:
    """Ada's, with a link to it."""
    async with db.viewing(town.ada.viewer) as tx:
        made = MediaId(await tx.fetchval(FILE, town.ada.identity.account))
        await tx.execute(
            "INSERT INTO media_links (hash, media, person, expires_at) VALUES (sha256('link'), $1, $2, now() + '1 h')",
            made, town.ada.identity.account,
        )  # fmt: skip
    return made


async def test_every_table_of_files_is_forced(connect_as: ConnectAs) -> None:
    owner = await connect_as("superuser")
    rows = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relname = ANY ($1) AND relrowsecurity AND relforcerowsecurity", TABLES
    )

    assert {row["relname"] for row in rows} == set(TABLES)


async def test_only_its_owner_sees_a_file(db: Database, town: Population, photo: MediaId) -> None:
    for person, seen in ((town.ada, 1), (town.ben, 0), (town.mechanic, 0), (town.mtn, 0), (town.admin, 0)):
        async with db.viewing(person.viewer) as tx:
            for table in ("media", "media_links"):
                assert await tx.fetchval(f"SELECT count(*) FROM {table}") == seen, (person.email, table)
    async with db.stranger() as tx:
        assert await tx.fetchval("SELECT count(*) FROM media") == 0


async def test_files_of_others_cannot_be_changed_or_linked(db: Database, town: Population, photo: MediaId) -> None:
    async with db.viewing(town.ben.viewer) as tx:
        assert await tx.execute("UPDATE media SET state = 'failed', stored_at = NULL, refusal = 'x'") == "UPDATE 0"
        assert await tx.execute("DELETE FROM media") == "DELETE 0"
        assert await tx.execute("UPDATE media_links SET revoked_at = now()") == "UPDATE 0"
    link = "INSERT INTO media_links (hash, media, person, expires_at) VALUES (sha256('b'), $1, $2, now() + '1 h')"
    for person in (town.ben.identity.account, town.ada.identity.account):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with db.viewing(town.ben.viewer) as tx:
                await tx.execute(link, photo, person)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with db.viewing(town.ben.viewer) as tx:
            await tx.execute(FILE, town.ada.identity.account)


async def test_doors_cannot_make_a_file_another_one(db: Database, town: Population, photo: MediaId) -> None:
    for statement in REFUSED:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.viewing(town.ada.viewer) as tx:
                await tx.execute(statement)


async def test_link_is_followed_by_its_token_alone(
    db: Database, town: Population, photo: MediaId, connect_as: ConnectAs
) -> None:
    async with db.stranger() as tx:
        assert await tx.fetchval("SELECT media FROM shared_media(sha256('link'))") == photo
        assert await tx.fetchval("SELECT count(*) FROM shared_media(sha256('other'))") == 0
    assert (await links.follow(db, "link")).media == photo
    for login in ("analyst", "system"):
        connection = await connect_as(login)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval("SELECT media FROM shared_media(sha256('link'))")


async def test_analysts_are_granted_nothing_of_files(connect_as: ConnectAs, photo: MediaId) -> None:
    analyst = await connect_as("analyst")
    for table in TABLES:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await analyst.execute(f"SELECT FROM {table}")


async def test_trail_of_a_file_does_not_tell_what_is_seen_in_it(
    db: Database, town: Population, photo: MediaId, connect_as: ConnectAs
) -> None:
    system = await connect_as("system")
    await system.execute("""UPDATE media SET quality = '{"problems": ["secret"], "measures": {}}'""")
    async with db.viewing(town.ada.viewer) as tx:
        await tx.execute("DELETE FROM media")
    owner = await connect_as("superuser")
    rows = await owner.fetch("SELECT action, before::text AS before FROM audit WHERE table_name = 'media'")

    assert [row["action"] for row in rows] == ["delete"]
    assert "secret" not in rows[0]["before"]


async def test_trail_tells_who_shared_a_file_and_took_it_back(
    db: Database, town: Population, photo: MediaId, connect_as: ConnectAs
) -> None:
    await links.revoke(db, town.ada.viewer, photo)
    entries = await audit.some(db, town.admin.viewer, 2**62, 10, "media_links", str(photo))

    revoked, made = entries
    assert [(each.action, each.person) for each in entries] == [
        ("update", town.ada.identity.account), ("insert", town.ada.identity.account)
    ]  # fmt: skip
    assert revoked.after is not None
    assert made.after is not None
    assert set(revoked.after) == {"revoked_at"}
    assert set(made.after) == {"media", "person", "created_at", "expires_at", "revoked_at"}, "and not its hash"
