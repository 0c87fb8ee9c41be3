"""The command line, called as a person calls it."""

import io
import sys

import asyncpg
import pytest

from monitor.__main__ import main
from monitor.embedded import PostgresServer
from monitor.settings import PREFIX, default_path
from monitor.store import bootstrap, migrate


@pytest.fixture
def on_test_servers(monkeypatch, empty_database, redis_url):
    """The process's environment names a fresh, empty database."""
    for variable, url in {**empty_database.urls, "ROADPULSE_REDIS_URL": redis_url}.items():
        monkeypatch.setenv(variable, url)
    return empty_database


def test_migrate_goes_up_says_where_it_stands_and_goes_down(on_test_servers, capsys):
    names = [migration.name for migration in migrate.read(migrate.migrations_folder())]

    assert main(["migrate", "status"]) == 1
    assert capsys.readouterr().out.split() == [word for name in names for word in ("pending", name)]
    assert main(["migrate", "up"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"applied {name}" for name in names]
    assert main(["migrate", "status"]) == 0
    capsys.readouterr()
    assert main(["migrate", "down", "--to", "1"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"took back {name}" for name in names[:0:-1]]


@pytest.mark.parametrize("number", ["-1", "10000", "first"])
def test_migrate_takes_back_nothing_when_the_number_is_none(on_test_servers, capsys, number):
    main(["migrate", "up"])
    capsys.readouterr()

    with pytest.raises(SystemExit) as ended:
        main(["migrate", "down", f"--to={number}"])

    assert ended.value.code == 2
    assert "argument --to" in capsys.readouterr().err
    assert main(["migrate", "status"]) == 0


def test_migrate_without_a_url_says_which_variable_is_missing(monkeypatch, capsys):
    monkeypatch.delenv("ROADPULSE_DATABASE_OWNER_URL", raising=False)

    assert main(["migrate", "status"]) == 1
    assert "ROADPULSE_DATABASE_OWNER_URL is not set" in capsys.readouterr().err


async def _query(url: str, sql: str) -> list[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(sql)
    await connection.close()
    return [row[0] for row in rows]


async def _drop(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"DROP DATABASE {name}")
    await connection.close()


def test_bootstrap_makes_the_database_and_keeps_the_logins(servers, monkeypatch, capsys):
    monkeypatch.setenv("ROADPULSE_DATABASE_ADMIN_URL", servers.postgres.url())

    assert main(["admin", "bootstrap", "--database", "made_by_command"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "passwords kept" in said.err
    servers.runner.run(_drop(servers.postgres.url(), "made_by_command"))


def test_bootstrap_prints_a_line_for_each_login(server_folder, monkeypatch, capsys):
    with PostgresServer(server_folder / "postgres", log=server_folder / "postgres.log", fast=True) as server:
        monkeypatch.setenv("ROADPULSE_DATABASE_ADMIN_URL", server.url())

        assert main(["admin", "bootstrap"]) == 0
        assert [line.partition("=")[0] for line in capsys.readouterr().out.splitlines()] == list(bootstrap.ROLES)


def test_the_first_administrator_is_made_by_command(on_test_servers, servers, monkeypatch, capsys):
    words = ["admin", "account", "ada@example.org", "--username", "ada"]
    main(["migrate", "up"])
    capsys.readouterr()

    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    assert main(words) == 1
    assert "password: " in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.StringIO("a rainy night in Kribi\n"))
    assert main(words) == 0
    assert capsys.readouterr().out.endswith("administrator ada@example.org\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO("a rainy night in Kribi\n"))
    assert main(words) == 1
    assert "belongs to an account already" in capsys.readouterr().err
    roles = servers.runner.run(
        _query(on_test_servers.urls["ROADPULSE_DATABASE_OWNER_URL"], "SELECT role FROM accounts")
    )
    assert roles == ["administrator"]


def test_an_operator_is_made_before_any_server_has_started(on_test_servers, monkeypatch, capsys):
    words = ["admin", "account", "ngo@example.org", "--username", "ngo", "--role", "operator", "--provider"]
    main(["migrate", "up"])

    monkeypatch.setattr(sys, "stdin", io.StringIO("a rainy night in Kribi\n"))
    assert main([*words, "nobody"]) == 1
    assert "provider: there is no such operator" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.StringIO("a rainy night in Kribi\n"))
    assert main([*words, "mtn"]) == 0
    assert capsys.readouterr().out == "account 1: operator ngo@example.org\n"


def test_check_config_tells_what_is_set_and_never_its_value(on_test_servers, capsys):
    assert main(["check-config"]) == 0
    said = capsys.readouterr().out
    assert "ROADPULSE_DATABASE_URL" in said
    assert "postgresql://" not in said


def test_check_config_names_an_unknown_key(tmp_path, capsys):
    path = tmp_path / "config.toml"
    path.write_text(default_path().read_text().replace("[server]", "[server]\ncolour = 1", 1))

    assert main(["--config", str(path), "check-config"]) == 1
    assert "colour" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("ROADPULSE_SERVER_PROT", "80"),
        ("ROADPULSE_LIMITS_BATCH", "many"),
        ("ROADPULSE_ROLLUPS_ZONE", "Mars/Olympus_Mons"),
        ("ROADPULSE_LOG_LEVEL", "loud"),
        ("ROADPULSE_DATABASE_POOL_MIN", "1000"),
        ("ROADPULSE_LIMITS_PING_S", "1000"),
        ("ROADPULSE_DATABASE_URL", "mysql://root:secret@host/db"),
        ("ROADPULSE_REDIS_URL", "http://host"),
        ("ROADPULSE_SECRET", "short"),
        ("ROADPULSE_IDENTITY_SECRET_VARIABLE", ""),
    ],
)
def test_check_config_refuses_what_the_program_cannot_use(variable, text, monkeypatch, capsys):
    monkeypatch.setenv(variable, text)

    assert main(["check-config"]) == 1
    said = capsys.readouterr().err
    assert variable.rpartition("_")[2].lower() in said.lower()
    assert "root:secret" not in said


@pytest.mark.parametrize("words", [[], ["fly"], ["run", "--processes", "0"], ["serve", "--port", "70000"], ["migrate"]])
def test_a_command_that_does_not_exist_is_refused(words):
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2


def test_serve_without_its_urls_is_refused_by_name(monkeypatch, capsys):
    for variable in (*bootstrap.ROLES, "ROADPULSE_REDIS_URL"):
        monkeypatch.delenv(variable, raising=False)

    assert main(["serve"]) == 1
    assert f"{PREFIX}DATABASE_URL is not set" in capsys.readouterr().err
