"""Starting and stopping child processes so that none outlives its parent."""

import os
import pwd
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import ServerNotStarted
from monitor.lineage import tied_to_parent


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system account that a child drops to."""

    uid: int
    gid: int


def service_account() -> Account | None:
    """Whom a server that refuses root runs as: None for an ordinary user, who stays himself."""
    if os.geteuid() != 0:
        return None
    for name in ("roadpulse", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServerNotStarted(
        "running as root needs an account named 'roadpulse' or 'nobody' to drop to; there is neither"
    )


def spawn(
    command: Sequence[str | Path],
    *,
    death_signal: signal.Signals,
    folder: Path,
    environment: Mapping[str, str],
    log: Path | None = None,
    account: Account | None = None,
    keep: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """A child in a session of its own, which gets `death_signal` when this process dies in any way.

    The session keeps the terminal's Ctrl-C away from it: only the parent decides the order of stopping.
    Without `log` the child writes where the parent does. `keep` are file descriptors that it inherits.
    """
    # The kernel sends the signal when the spawning *thread* ends, so only the main thread may spawn.
    assert threading.current_thread() is threading.main_thread()
    output = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603 - the commands are our own
            [os.fspath(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env=dict(environment),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            start_new_session=True,
            pass_fds=tuple(keep),
            preexec_fn=tied_to_parent(death_signal),
        )
    finally:
        if output is not None:
            os.close(output)


def stop(child: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> int:
    """Asks the child to end, step by step (signal, seconds to wait), and kills it when nothing helped."""
    for number, wait_s in steps:
        if child.poll() is not None:
            break
        child.send_signal(number)
        try:
            return child.wait(wait_s)
        except subprocess.TimeoutExpired:
            continue
    if child.poll() is None:
        child.kill()
    return child.wait()


def clean_environment() -> dict[str, str]:
    """The environment for a database server: nothing of the caller's that could steer it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
