"""What waits for one reader stays bounded, in order, and with the newest value of each key."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import TooSlow
from monitor.live import pushes
from monitor.live.mailbox import Mailbox
from monitor.live.messages import Latest
from monitor.live.pushes import Push
from monitor.wire.envelope import Format

FORMATS = pytest.mark.parametrize("wire_format", list(Format))


def stream(first: int, *, size: int = 10, wire_format: Format = Format.JSON) -> Push:
    event = msgspec.json.encode({"id": first, "event": "alert.opened", "data": "x" * size})
    return pushes.of_stream("alerts:mtn", first, [event], wire_format)


def latest(channel: str = "kpis:mtn", /, *, wire_format: Format = Format.JSON, **values: object) -> Push:
    known = [Latest(key, "kpi.updated", value) for key, value in values.items()]
    return pushes.of_latest(channel, known, wire_format)


def read(mailbox: Mailbox, wire_format: Format = Format.JSON) -> list[tuple[str, list[Any]]]:
    """Channel and data of each frame that waits."""
    decode = msgspec.json.decode if wire_format is Format.JSON else msgspec.msgpack.decode
    frames = [decode(frame)["push"] for frame in mailbox.take()]
    return [(frame["channel"], [event["data"] for event in frame["events"]]) for frame in frames]


def test_answers_and_streams_keep_their_order() -> None:
    mailbox = Mailbox(1000)
    first, second = stream(1), stream(2)
    mailbox.offer(first)
    mailbox.answer(b"answer")
    mailbox.offer(second)

    assert mailbox.take() == [first.frame, b"answer", second.frame]
    assert not mailbox


def test_stream_that_does_not_fit_is_too_slow() -> None:
    mailbox = Mailbox(200)
    mailbox.offer(stream(1, size=50))

    with pytest.raises(TooSlow):
        mailbox.offer(stream(2, size=50))


def test_empty_box_takes_a_push_of_any_size() -> None:
    mailbox = Mailbox(100)
    mailbox.offer(stream(1, size=500))

    assert len(mailbox.take()) == 1


def test_answer_is_never_refused_and_takes_no_room_from_pushes() -> None:
    mailbox = Mailbox(150)
    mailbox.answer(b"x" * 1000)
    mailbox.offer(stream(1, size=10))

    assert mailbox.answer_bytes == 1000
    assert len(mailbox.take()) == 2
    assert mailbox.answer_bytes == mailbox.push_bytes == 0


@FORMATS
def test_newer_value_takes_the_place_of_the_older(wire_format: Format) -> None:
    mailbox = Mailbox(1000)
    mailbox.offer(latest(a=1, b=1, wire_format=wire_format))
    mailbox.offer(latest(c=2, a=2, wire_format=wire_format))

    assert read(mailbox, wire_format) == [("kpis:mtn", [2, 1, 2])]


def test_single_push_leaves_as_the_frame_that_all_share() -> None:
    mailbox = Mailbox(1000)
    push = latest(a=1)
    mailbox.offer(push)

    assert mailbox.take()[0] is push.frame


def test_same_key_of_two_channels_is_two_values() -> None:
    mailbox = Mailbox(1000)
    mailbox.offer(latest("kpis:mtn", a=1))
    mailbox.offer(latest("kpis:orange", a=2))

    assert read(mailbox) == [("kpis:mtn", [1]), ("kpis:orange", [2])]


def test_oldest_values_are_dropped_when_values_do_not_fit() -> None:
    mailbox = Mailbox(3 * latest(a=1).size)
    mailbox.offer(latest(a=1))
    mailbox.offer(latest(b=1, c=1, d=1))

    assert read(mailbox) == [("kpis:mtn", [1, 1, 1])]
    assert mailbox.take_dropped() == {"kpis:mtn"}
    assert mailbox.take_dropped() == set()


def test_values_make_room_for_a_stream() -> None:
    mailbox = Mailbox(200)
    mailbox.offer(latest(a="x" * 100))
    mailbox.offer(stream(1, size=50))

    assert [channel for channel, _ in read(mailbox)] == ["alerts:mtn"]
    assert mailbox.take_dropped() == {"kpis:mtn"}


def test_values_larger_than_the_box_pass_when_nothing_else_waits() -> None:
    mailbox = Mailbox(100)
    mailbox.offer(latest(a="x" * 200))

    assert read(mailbox) == [("kpis:mtn", ["x" * 200])]
    assert not mailbox.take_dropped()


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("latest"), st.sampled_from("pq"), st.lists(st.sampled_from("abcde"), min_size=1)),
            st.tuples(st.just("take"), st.just(""), st.just([])),
        )
    )
)
def test_reader_who_takes_all_ends_with_the_newest_of_each_key(steps: list[tuple[str, str, list[str]]]) -> None:
    mailbox = Mailbox(1 << 20)
    newest: dict[tuple[str, str], int] = {}
    seen: dict[tuple[str, str], int] = {}

    def take() -> None:
        for channel, rows in read(mailbox):
            seen.update({(channel, key): version for key, version in rows})

    for version, (step, channel, keys) in enumerate(steps):
        if step == "take":
            take()
            continue
        mailbox.offer(latest(channel, **{key: (key, version) for key in keys}))
        newest.update({(channel, key): version for key in keys})
    take()

    assert seen == newest


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 300), st.sampled_from("abc"))))
def test_bytes_waiting_stay_within_the_bound(offers: list[tuple[bool, int, str]]) -> None:
    mailbox = Mailbox(400)
    for is_stream, size, key in offers:
        try:
            mailbox.offer(stream(1, size=size) if is_stream else latest(**{key: "x" * size}))
        except TooSlow:
            continue
        assert mailbox.push_bytes <= 400

    mailbox.take()
    assert mailbox.push_bytes == 0
