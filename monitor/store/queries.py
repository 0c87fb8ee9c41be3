"""Finds a statement by the name it has on its shelf, sql/queries/<module>.sql."""

import functools
import re
from pathlib import Path

_NAME = re.compile(r"^-- name: *([a-z][a-z0-9_]*) *$", re.MULTILINE)


def sql_folder() -> Path:
    """The folder `sql`: inside the installed wheel, or beside the packages in a checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "sql"
    return shipped if shipped.is_dir() else package.parent / "sql"


class Shelf:
    """The statements of one module; reads its file when first asked."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getitem__(self, name: str) -> str:
        """The statement's text with its $1 parameters.

        Raises: KeyError - no such statement; OSError - no such shelf.
        """
        return _read(self._module)[name]

    def names(self) -> list[str]:
        return list(_read(self._module))


@functools.cache
def _read(module: str) -> dict[str, str]:
    text = (sql_folder() / "queries" / f"{module}.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    names = parts[::2]
    if len(set(names)) != len(names):
        raise ValueError(f"two statements of {module}.sql have one name")
    return {name: body.strip().rstrip(";") for name, body in zip(names, parts[1::2], strict=True)}
