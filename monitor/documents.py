"""Writes the generated parts of docs/protocol.md anew: `python -m monitor.documents`."""

from pathlib import Path

from monitor import app, settings
from monitor.routes import protocol

PAGE = Path(__file__).resolve().parent.parent / "docs" / "protocol.md"


def written() -> str:
    """The page as it should be, with the shipped limits."""
    limits = settings.load(environ={}).limits
    return protocol.filled(PAGE.read_text(encoding="utf-8"), app.ROUTES, limits)


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
