"""Ties processes to the one that started them, so that none outlives it, however it ends; Linux only."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def tie_to_parent(death_signal: signal.Signals) -> None:
    """Has this process get the signal when the one that started it dies in any way."""
    parent = os.getppid()
    if sys.platform == "linux":
        _prctl()(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), death_signal)


def tied_to_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """What a child does between fork and exec for the same end; elsewhere a killed parent leaves its children."""
    if sys.platform != "linux":
        return None
    prctl = _prctl()
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        # The parent may have died before prctl; then no signal will ever come.
        if os.getppid() != parent:
            os._exit(1)

    return tie


def _prctl() -> Callable[[int, int, int, int, int], int]:
    """Linux's call, looked up before any fork: afterwards a lock of the loader may be held for ever."""
    function: Callable[[int, int, int, int, int], int] = ctypes.CDLL(None, use_errno=True).prctl
    return function
