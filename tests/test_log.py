"""What stands in the logs."""

import json
import logging

import pytest

from monitor import log
from monitor.errors import Unavailable


def test_each_event_is_one_line_with_its_keys_and_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging.getLogger(), "level", logging.INFO)
    log.start("info")
    log.Log("here").error("it_broke", error=ValueError("two\nlines"), device=7)
    log.Log("here").debug("not_wanted")

    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["level"], said["from"], said["event"], said["device"]) == ("error", "here", "it_broke", 7)
    assert "ValueError: two\nlines" in said["traceback"]


def test_origin_is_what_an_error_began_with() -> None:
    wrapped = Unavailable("the database is out of reach")
    wrapped.__cause__ = Unavailable("again")
    wrapped.__cause__.__cause__ = MemoryError()

    assert log.origin(wrapped) == "MemoryError"
    assert log.origin(KeyError("x")) == "KeyError"
