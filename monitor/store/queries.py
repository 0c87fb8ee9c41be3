"""Finds a statement by the name it has on its shelf, sql/queries/<module>.sql.

Where statements or lines differ in one word only, the file says them once, with a hole in braces, and lists the words:
`-- each {unit}: hour, day`. A statement with {unit} in its name is one statement for each word; elsewhere a line with
{unit} is one line for each word. Lines that stand in several statements are said once too, up to an empty line:
`-- lines {sums}:`. A line that is {sums} alone, or with a comma or semicolon, stands for them.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_NAME = re.compile(r"^-- name: *([a-z{][a-z0-9_{}]*) *$", re.MULTILINE)
_EACH = re.compile(r"^-- each ({[a-z_]+}): *(.+?) *$", re.MULTILINE)

_LINES = re.compile(r"^-- lines ({[a-z_]+}): *\n((?:.+\n)+)", re.MULTILINE)
_STAND_IN = re.compile(r"( *)({[a-z_]+})([,;]?)")


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
    statements = list(_statements(text))
    found = dict(statements)
    if len(found) != len(statements):
        raise ValueError(f"two statements of {module}.sql have one name")
    return found


def _statements(text: str) -> Iterator[tuple[str, str]]:
    """Names and bodies, every hole filled."""
    words = {hole: listed.split(", ") for hole, listed in _EACH.findall(text)}
    passages = {hole: listed.splitlines() for hole, listed in _LINES.findall(text)}
    parts = _NAME.split(text)[1:]
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        said = [each for line in body.splitlines() for each in _said(line, passages)]
        for one_name, *lines in _filled([name, *said], name, words):
            spread = [each for line in lines for (each,) in _filled([line], line, words)]
            yield one_name, "\n".join(spread).strip().rstrip(";")


def _said(line: str, passages: Mapping[str, list[str]]) -> list[str]:
    """The line, or those that it stands for."""
    found = _STAND_IN.fullmatch(line)
    if found is None or found[2] not in passages:
        return [line]
    *lines, last = passages[found[2]]
    return [f"{found[1]}{each}" for each in (*lines, last + found[3])]


def _filled(lines: list[str], model: str, words: Mapping[str, list[str]]) -> list[list[str]]:
    """The lines as they are, or once for each word of the holes that the model has."""
    filled = [lines]
    for hole in (hole for hole in words if hole in model):
        filled = [[line.replace(hole, word) for line in each] for each in filled for word in words[hole]]
    return filled
