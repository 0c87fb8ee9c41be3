"""What pages say where something is refused or set aside: each code and each reason, in both languages."""

import re
from collections.abc import Iterator

import pytest

from monitor import errors
from monitor.network.layout import _FUTURE, _PAST
from monitor.routes.pages import DIST
from monitor.wire.envelope import Format, judge_items

SOURCE = DIST.parent / "source"

FOR_PROGRAMS = {
    # Starting and operating
    "error", "settings_invalid", "schema_behind", "role_too_strong", "migration_refused", "server_not_started",
    "spool_unusable", "trace_unreadable", "agent_stopped",
    # Measuring, which pages do not
    "unknown_verb", "too_many_items", "unsupported_media_type", "sequence_gap", "unknown_stream", "stream_missing",
    "method_not_allowed", "tus_version",
    # Said with a failed diagnosis, in both languages, by the server
    "reader_lost", "reader_slow", "worker_lost",
    # The end of a socket, which has its words in `closings`
    "too_slow", "position_lost", "no_pong", "bad_request", "no_connect", "flood", "frame_too_big", "text_malformed",
    "frame_malformed",
}  # fmt: skip


def codes(of: type[errors.Roadpulse] = errors.Roadpulse) -> Iterator[str]:
    yield of.code
    for each in of.__subclasses__():
        if each.__module__ == errors.__name__:
            yield from codes(each)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_refusal_that_a_person_can_meet_has_words(language: str) -> None:
    text = (SOURCE / "words" / language / "refusals.ts").read_text()
    told = set(re.findall(r"^ +([a-z_]+): \"", text[text.index("refusals") :], re.MULTILINE))

    assert set(codes()) - FOR_PROGRAMS - told == set()


BAD_ITEMS: list[object] = [
    *({name: value} for name, value in (
        ("latency_ms", -5), ("latency_ms", 1e9), ("latency_ms", "x"), ("latency_ms", float("nan")), ("latency_ms", []),
        ("signal_dbm", 5), ("signal_dbm", -200), ("packet_loss_pct", 101), ("latitude", 91), ("connected", "yes"),
        ("carrier", ""), ("carrier", "x" * 200), ("carrier", 5), ("network_type", "x" * 40),
        ("measured_at", "yesterday"), ("measured_at", "2026-01-01T00:00:00"), ("measured_at", 5),
    )),
    {}, 5, None, [],
]  # fmt: skip
WHOLE = {"measured_at": "2026-01-01T00:00:00Z", "carrier": "MTN"}


def test_every_reason_for_setting_an_item_aside_is_known_to_the_pages() -> None:
    """The sentences are the server's, their patterns the pages'."""
    items = [WHOLE | item if isinstance(item, dict) and item else item for item in BAD_ITEMS]
    rejected = judge_items(1, items, Format.JSON, len(items)).rejected
    reasons = {one.reason for one in rejected} | {_FUTURE.format(600), _PAST.format(90)}
    reasons |= {"latitude and longitude come together or not at all", "cannot be kept (DataError)"}
    known = re.findall(r"^  \[/(.*)/, \"\w+\"\],$", (SOURCE / "logic" / "faults.ts").read_text(), re.MULTILINE)

    assert len(rejected) == len(items)
    assert [reason for reason in reasons if not any(re.search(pattern, reason) for pattern in known)] == []
