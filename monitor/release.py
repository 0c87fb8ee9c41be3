"""Says which release of the program this is."""

from importlib import metadata


def _release() -> str:
    try:
        return metadata.version("roadpulse")
    except metadata.PackageNotFoundError:
        return "unknown"


RELEASE = _release()
"""read once: it lies in a file"""
