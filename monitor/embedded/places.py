"""Where an embedded server keeps its files: a private folder, a lock, and a socket with a short enough path."""

import fcntl
import hashlib
import os
import tempfile
import time
from pathlib import Path

from monitor.embedded.children import Account
from monitor.errors import ServerNotStarted

# sun_path holds 108 bytes with the closing zero; ".s.PGSQL.5432.lock" is the longest name put into the folder.
MAX_SOCKET_FOLDER_BYTES = 107 - len("/.s.PGSQL.5432.lock")
LOCK_POLL_S = 0.05
SYSTEM_FOLDER = Path("/var/lib/roadpulse")


def database_folder(var: Path) -> Path:
    """The database's folder for a clone whose state lies in `var`.

    An ordinary user has it in `var/postgres`. Root's database runs as another account, which must be able to reach
    it without opening anybody's home folder, so it lies under /var/lib and `var/postgres` is a link to it. A clone that
    is deleted leaves it behind; its file `clone` says whose it was.
    """
    link = var / "postgres"
    if os.geteuid() != 0:
        return link
    home = SYSTEM_FOLDER / hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:16]
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "clone").write_bytes(os.fsencode(var.resolve().parent) + b"\n")
    if link.is_symlink() and link.readlink() != home:
        link.unlink()
    if not link.is_symlink():
        link.symlink_to(home)
    return home


def make_private(folder: Path, account: Account | None = None) -> Path:
    """The folder, made if needed, open to its owner only (`account`, when root makes it for another)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def socket_folder(folder: Path, account: Account | None = None) -> Path:
    """`folder`/run, or a short private folder instead where that path would be too long for a socket."""
    wanted = folder.absolute() / "run"
    if len(os.fsencode(wanted)) <= MAX_SOCKET_FOLDER_BYTES:
        return make_private(wanted, account)
    owner = os.geteuid() if account is None else account.uid
    name = f"roadpulse-{owner}-{hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]}"
    short = Path(tempfile.gettempdir()) / name
    make_private_in_public(short, account)
    return short


def make_private_in_public(folder: Path, account: Account | None) -> None:
    """Makes a private folder where anybody may have put something of that name before."""
    owner = os.geteuid() if account is None else account.uid
    if not folder.is_symlink() and not folder.exists():
        make_private(folder, account)
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid != owner or state.st_mode & 0o077:
        raise ServerNotStarted(f"{folder} is not a private folder of this account; remove it and start again")


def take_lock(path: Path, *, wait_s: float) -> int | None:
    """The descriptor of an exclusive lock on the file, or None when somebody else kept it for `wait_s`.

    A server inherits the descriptor: whoever gets the lock knows that no earlier server is still alive.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
            time.sleep(LOCK_POLL_S)
        else:
            return descriptor
