"""`python -m ml.predict FILE...`: what the models say about photos and recordings, one JSON line a file, in order."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from ml.findings import Finding, MediaEmpty, MediaError, MediaTooLarge, NotThisKind, Quality, Reading

READERS = ("ml.dashboard", "ml.engine")
"""Asked in this order; each has `read(data: bytes) -> Reading` and raises NotThisKind for what its decoders refuse."""
MAX_BYTES = 64 * 1024 * 1024
"""Above any phone's photo or a recording of the allowed length; keeps a mistaken argument out of memory."""


class FileUnreadable(MediaError):
    """The file system does not give this file."""

    code = "file_unreadable"


class FileMissing(FileUnreadable):
    """There is no such file."""

    code = "file_missing"


class NotAFile(FileUnreadable):
    """A folder or a device, not a file."""

    code = "not_a_file"


def read(data: bytes) -> Reading:
    """The reading of a file whose kind is found by a decoder's success, never by its name.

    Raises: MediaError - and its kinds; NotThisKind when no decoder of any kind knows it.
    """
    if not data:
        raise MediaEmpty("the file is empty")
    for name in READERS:
        reader = cast("Callable[[bytes], Reading]", import_module(name).read)
        try:
            return reader(data)
        except NotThisKind:
            continue
    raise NotThisKind("neither a picture nor a recording that is known here")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every file got its line."""
    parser = argparse.ArgumentParser(prog="python -m ml.predict", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE")
    for file in parser.parse_args(arguments).files:
        print(json.dumps(line(file), ensure_ascii=True), flush=True)
    return 0


def line(file: str) -> dict[str, object]:
    """The JSON record of one file, whatever is in it."""
    start = time.perf_counter()
    answer: dict[str, object] = {"file": file, "kind": None, "quality": None, "findings": [], "model": None}
    try:
        reading = read(_bytes_of(Path(file)))
    except MediaError as error:
        return answer | {"ms": _ms_since(start), "error": {"code": error.code, "detail": str(error)}}
    return answer | {
        "kind": reading.kind,
        "quality": _quality(reading.quality),
        "findings": [_finding(finding) for finding in reading.findings],
        "model": reading.model,
        "ms": _ms_since(start),
    }


def _bytes_of(path: Path) -> bytes:
    try:
        if not path.exists():
            raise FileMissing("there is no such file")
        if not path.is_file():
            raise NotAFile("this is not a file")
        if path.stat().st_size > MAX_BYTES:
            raise MediaTooLarge(f"files over {MAX_BYTES} bytes are not read")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise FileUnreadable(f"the file cannot be read: {error}") from error


def _quality(quality: Quality) -> dict[str, object]:
    return {"problems": list(quality.problems), **{measure.name: measure.value for measure in quality.measures}}


def _finding(finding: Finding) -> dict[str, object]:
    box, span = finding.box, finding.span
    return {
        "label": finding.label,
        "confidence": round(finding.confidence, 4),
        "box": None if box is None else [round(side, 1) for side in (box.left, box.top, box.right, box.bottom)],
        "span": None if span is None else [round(span.start_s, 3), round(span.end_s, 3)],
    }


def _ms_since(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 1)


if __name__ == "__main__":
    sys.exit(main())
