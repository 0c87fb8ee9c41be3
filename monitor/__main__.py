"""The command line: `roadpulse run | serve | work | migrate | device | admin | check-config`."""

import argparse
import asyncio
import getpass
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import log, supervisor
from monitor import settings as configuration
from monitor.agent import command as device
from monitor.errors import Roadpulse, SettingsInvalid
from monitor.store import bootstrap, migrate
from monitor.values import AccountId, Role

if TYPE_CHECKING:
    from monitor.wire.people import NewAccount

ADMIN_URL = "ROADPULSE_DATABASE_ADMIN_URL"
SERVING = ("url", "system_url", "analyst_url")
"""What a serving process needs of the section `database`; the owner's URL is for migrations only."""


def main(words: Sequence[str] | None = None) -> int:
    """Does one command; its exit status."""
    arguments = _parser().parse_args(words)
    try:
        status: int = arguments.command(arguments)
    except (Roadpulse, OSError) as error:
        faults = error.faults if isinstance(error, Roadpulse) else ()
        print(f"roadpulse: {error}", *(f"\n  {path}: {reason}" for path, reason in faults), file=sys.stderr)
        return 1
    return status


def run(arguments: argparse.Namespace) -> int:
    settings = configuration.load(arguments.config)
    plan = supervisor.Plan(
        var=arguments.var or supervisor.default_var(),
        config=arguments.config,
        host=arguments.host or settings.server.host,
        port=settings.server.port if arguments.port is None else arguments.port,
        processes=arguments.processes,
        workers=arguments.workers,
        has_demo=arguments.demo,
        ends_with_parent=arguments.end_with_parent,
    )
    return supervisor.run(plan, os.environ)


def serve(arguments: argparse.Namespace) -> int:
    settings = configuration.load(arguments.config)
    for name in SERVING:
        _need(getattr(settings.database, name), _variable(name))
    _need(settings.redis.url, "ROADPULSE_REDIS_URL")
    # Imported here, so that the other commands start without the server's tree.
    import uvloop

    from monitor import app

    log.start(settings.log.level)
    host = arguments.host or settings.server.host
    port = settings.server.port if arguments.port is None else arguments.port
    uvloop.run(app.serve(settings, host=host, port=port, merger=arguments.merger))
    return 0


def work(arguments: argparse.Namespace) -> int:
    settings = configuration.load(arguments.config)
    _need(settings.database.system_url, _variable("system_url"))
    import uvloop

    from monitor import worker

    log.start(settings.log.level)
    uvloop.run(worker.work(settings, processes=arguments.processes or settings.work.processes))
    return 0


def migrate_up(arguments: argparse.Namespace) -> int:
    applied = asyncio.run(migrate.up(_owner_url(arguments), to=arguments.to))
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0


def migrate_down(arguments: argparse.Namespace) -> int:
    undone = asyncio.run(migrate.down(_owner_url(arguments), to=arguments.to))
    print("\n".join(f"took back {name}" for name in undone) or "nothing to take back")
    return 0


def migrate_status(arguments: argparse.Namespace) -> int:
    """Ends with 1 when anything is pending or changed, so that a script can ask."""
    standings = asyncio.run(migrate.status(_owner_url(arguments)))
    for standing in standings:
        word = "changed" if standing.is_changed else "applied" if standing.is_applied else "pending"
        print(f"{word:<8} {standing.name or f'{standing.version} (of a newer program)'}")
    return int(any(standing.is_changed or not standing.is_applied for standing in standings))


def admin_bootstrap(arguments: argparse.Namespace) -> int:
    admin_url = os.environ.get(ADMIN_URL, "")
    if not admin_url:
        raise SettingsInvalid(
            f"{ADMIN_URL} is not set: a login that may make others, postgresql://postgres:…@host/postgres"
        )
    made = asyncio.run(
        bootstrap.bootstrap(admin_url, database=arguments.database, reset_passwords=arguments.reset_passwords)
    )
    for variable, url in made.urls.items():
        print(f"{variable}={shlex.quote(url)}")
    if made.kept:
        roles = ", ".join(made.kept)
        print(f"{roles}: there already, passwords kept; --reset-passwords gives new ones", file=sys.stderr)
    if made.urls:
        print("Keep these lines; the passwords are shown only now.", file=sys.stderr)
    return 0


def admin_account(arguments: argparse.Namespace) -> int:
    """Makes an account of any role: the first administrator cannot come from another one."""
    settings = configuration.load(arguments.config)
    for name in SERVING:
        _need(getattr(settings.database, name), _variable(name))
    from monitor.wire.people import NewAccount

    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    wanted = NewAccount(
        arguments.email, arguments.username, password, Role(arguments.role), arguments.provider, arguments.language
    )
    print(f"account {asyncio.run(_account_made(settings, wanted))}: {wanted.role} {wanted.email}")
    return 0


async def _account_made(settings: configuration.Settings, wanted: "NewAccount") -> AccountId:
    from monitor.network import providers
    from monitor.people.accounts import THE_MACHINE, register
    from monitor.store.db import open_database

    async with open_database(settings.database) as db:
        # An operator's account may be made before any server has started.
        await providers.keep_configured(db, settings.providers, settings.generations)
        return await register(db, settings, wanted, THE_MACHINE)


def check_config(arguments: argparse.Namespace) -> int:
    settings = configuration.load(arguments.config)
    print(f"{arguments.config or configuration.default_path()}: {len(settings.providers)} providers, no mistakes found")
    urls = {
        **{_variable(name): getattr(settings.database, name) for name in (*SERVING, "owner_url")},
        "ROADPULSE_REDIS_URL": settings.redis.url,
        settings.identity.secret_variable: settings.secret,
    }
    for name, value in urls.items():
        print(f"{name:<32} {'set' if value else 'not set (`roadpulse run` makes its own)'}")
    return 0


def _variable(name: str) -> str:
    return f"{configuration.PREFIX}DATABASE_{name.upper()}"


def _owner_url(arguments: argparse.Namespace) -> str:
    url = configuration.load(arguments.config).database.owner_url
    _need(url, _variable("owner_url"))
    return url


def _need(value: str, variable: str) -> None:
    if not value:
        raise SettingsInvalid(
            f"{variable} is not set; beside a running `roadpulse run`: set -a; . var/environment; set +a"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("roadpulse", description="Measures mobile networks live from phones on the road.")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings instead of the shipped config.toml")
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_run(commands.add_parser("run", help="everything on this machine, with servers of its own and demo data"))
    _add_serve(commands.add_parser("serve", help="one server process on the servers that the environment names"))
    _add_work(commands.add_parser("work", help="one worker: reads photos and recordings, and makes diagnoses"))
    _add_migrate(commands.add_parser("migrate", help="take the schema forward or back, or show where it stands"))
    agent = commands.add_parser("device", help="measure, or replay a trace, as a device")
    device.add_arguments(agent)
    agent.set_defaults(command=device.run)
    _add_admin(commands.add_parser("admin", help="prepare servers of your own"))
    check = commands.add_parser("check-config", help="read the settings and say what is wrong with them")
    check.set_defaults(command=check_config)
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    _add_address(parser)
    parser.add_argument("--processes", type=_processes, default=1, metavar="N", help="server processes on the one port")
    parser.add_argument("--workers", type=_workers, default=1, metavar="M", help="workers for diagnoses (0: none)")
    parser.add_argument(
        "--demo", action=argparse.BooleanOptionalAction, default=True, help="demo accounts and demo devices"
    )
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the process that started this ends")
    parser.add_argument("--var", type=Path, metavar="FOLDER", help="where data and logs are kept (default: var)")
    parser.set_defaults(command=run)


def _add_serve(parser: argparse.ArgumentParser) -> None:
    _add_address(parser)
    parser.add_argument(
        "--no-merger", dest="merger", action="store_false", help="leave the roll-ups to other processes"
    )
    parser.set_defaults(command=serve)


def _add_work(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--processes", type=_processes, metavar="N", help="reading processes, one core each (default: work.processes)"
    )
    parser.set_defaults(command=work)


def _add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (default: server.host)")
    parser.add_argument("--port", type=_port, help="port to listen on (default: server.port; 0: any free one)")


def _add_migrate(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="direction")
    up = commands.add_parser("up", help="apply what is missing")
    up.add_argument("--to", type=_migration, metavar="N", help="no further than this number")
    up.set_defaults(command=migrate_up)
    down = commands.add_parser("down", help="take back the newest one")
    down.add_argument(
        "--to", type=_migration, metavar="N", help="take back all above this number; 0 takes back everything"
    )
    down.set_defaults(command=migrate_down)
    commands.add_parser("status", help="show what is applied and what is not").set_defaults(command=migrate_status)


def _add_admin(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="task")
    task = commands.add_parser("bootstrap", help=f"make the four logins and the database; needs {ADMIN_URL}")
    task.add_argument("--database", default=bootstrap.DATABASE, help="its name (default: %(default)s)")
    task.add_argument("--reset-passwords", action="store_true", help="new passwords for logins that are there already")
    task.set_defaults(command=admin_bootstrap)
    account = commands.add_parser("account", help="make an account of any role; asks for its password")
    account.add_argument("email")
    account.add_argument("--username", required=True)
    account.add_argument("--role", choices=[role.value for role in Role], default=Role.ADMINISTRATOR.value)
    account.add_argument("--provider", metavar="SLUG", help="whose operator it is")
    account.add_argument("--language", choices=["en", "fr"], help="default: that of each browser, until one is chosen")
    account.set_defaults(command=admin_account)


def _whole(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number of an argument, and refuses one outside of these bounds."""

    def number(text: str) -> int:
        if not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{low} to {high}")
        return int(text)

    return number


_processes = _whole(1, 64)
_workers = _whole(0, 64)
_port = _whole(0, 65535)
_migration = _whole(0, 9999)


if __name__ == "__main__":
    sys.exit(main())
