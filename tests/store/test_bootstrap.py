"""The roles and the database that `admin bootstrap` makes, on a real server."""

import asyncpg
import pytest

from monitor.embedded import PostgresServer
from monitor.errors import RoleTooStrong, Unavailable
from monitor.store import bootstrap

OURS = sorted(bootstrap.ROLES.values())


@pytest.fixture
def cluster(server_folder):
    """A server of the test's own, since roles belong to all databases of one."""
    with PostgresServer(server_folder / "postgres", log=server_folder / "postgres.log", fast=True) as server:
        yield server.url()


async def test_roles_can_do_nothing_but_sign_in(connect_as):
    superuser = await connect_as("superuser")
    rows = await superuser.fetch(
        """
        SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication AS more
        FROM pg_roles
        WHERE rolname LIKE 'roadpulse%'
        ORDER BY rolname
        """
    )

    assert [tuple(row) for row in rows] == [(role, True, False) for role in OURS]


@pytest.mark.parametrize("role", ["app", "system", "analyst"])
async def test_only_the_owner_makes_things_in_the_schema(connect_as, role):
    connection = await connect_as(role)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE TABLE mine (id bigint)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE TEMPORARY TABLE mine (id bigint)")


async def test_no_role_becomes_another(connect_as):
    connection = await connect_as("app")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("SET ROLE roadpulse_system")


async def test_other_logins_of_the_cluster_stay_outside(empty_database, connect_as):
    superuser = await connect_as("superuser")
    await superuser.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(
                bootstrap.at_database(
                    empty_database.superuser_url, empty_database.name, user="stranger", password="stranger"
                )
            )
    finally:
        await superuser.execute("DROP ROLE stranger")


async def test_second_time_keeps_roles_and_passwords(empty_database):
    again = await bootstrap.bootstrap(empty_database.superuser_url, database=empty_database.name)

    assert again.urls == {}
    assert sorted(again.kept) == OURS
    for role in ("app", "system", "analyst", "owner"):
        connection = await asyncpg.connect(empty_database.url(role))
        await connection.close()


async def test_passwords_are_reset_when_asked(cluster):
    first = await bootstrap.bootstrap(cluster)
    second = await bootstrap.bootstrap(cluster, reset_passwords=True)

    assert list(second.urls) == list(bootstrap.ROLES)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(first.urls["ROADPULSE_DATABASE_URL"])
    for url in second.urls.values():
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT current_database()") == "roadpulse"
        await connection.close()


async def test_a_role_that_could_pass_by_row_level_security_is_refused(empty_database, connect_as):
    superuser = await connect_as("superuser")
    await superuser.execute("ALTER ROLE roadpulse_app BYPASSRLS")
    try:
        with pytest.raises(RoleTooStrong, match="roadpulse_app"):
            await bootstrap.bootstrap(empty_database.superuser_url, database=empty_database.name)
    finally:
        await superuser.execute("ALTER ROLE roadpulse_app NOBYPASSRLS")


async def test_a_server_out_of_reach_is_said_so(tmp_path):
    with pytest.raises(Unavailable):
        await bootstrap.bootstrap(f"postgresql://postgres@/postgres?host={tmp_path}")


def test_url_for_another_login_keeps_the_place():
    url = bootstrap.at_database("postgresql://a:b@[::1]:6000/x?sslmode=require", "y", user="c", password="p/@")

    assert url == "postgresql://c:p%2F%40@[::1]:6000/y?sslmode=require"
