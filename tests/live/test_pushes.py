"""A frame put together from encoded events is the frame that encoding the whole would have given."""

import msgspec
import pytest

from monitor.live import pushes
from monitor.live.messages import Latest, Newest
from monitor.wire import envelope
from monitor.wire.envelope import Format
from monitor.wire.outbound import Event

FORMATS = pytest.mark.parametrize("wire_format", list(Format))
COUNTS = pytest.mark.parametrize("count", [0, 1, 15, 16, 70_000])


def decoded(frame: bytes, wire_format: Format) -> object:
    return msgspec.json.decode(frame) if wire_format is Format.JSON else msgspec.msgpack.decode(frame)


@FORMATS
@COUNTS
def test_frame_holds_channel_and_events(wire_format: Format, count: int) -> None:
    events = [Event(1, "kpi.updated", each) for each in range(count)]
    whole = envelope.push('kpis:"é"', events, wire_format)
    made = pushes.compose('kpis:"é"', [envelope.encode(event, wire_format) for event in events], wire_format)

    assert decoded(made, wire_format) == decoded(whole, wire_format)


@FORMATS
def test_events_of_a_stream_carry_rising_offsets(wire_format: Format) -> None:
    raw = [b'{"id":9,"event":"a","data":{"text":"\\u2028"}}', b'{"id":4,"event":"b","data":null}']
    push = pushes.of_stream("me", 41, raw, wire_format)

    assert decoded(push.frame, wire_format) == {
        "push": {
            "channel": "me",
            "events": [
                {"offset": 41, "id": 9, "event": "a", "data": {"text": "\u2028"}},
                {"offset": 42, "id": 4, "event": "b", "data": None},
            ],
        }
    }


@FORMATS
def test_values_are_the_same_read_here_and_brought_by_the_bus(wire_format: Format) -> None:
    event = Event(0, "kpi.updated", {"id": "a/*/*", "version": 3})
    brought = pushes.of_newest("kpis:mtn", [Newest("a/*/*", msgspec.Raw(msgspec.json.encode(event)))], wire_format)
    read = pushes.of_latest("kpis:mtn", [Latest("a/*/*", event.event, event.data)], wire_format)

    assert decoded(brought.frame, wire_format) == decoded(read.frame, wire_format)
    assert brought.keys == read.keys == ["a/*/*"]


@pytest.mark.parametrize(("offset", "left"), [(0, 3), (4, 3), (5, 2), (6, 1), (7, 0), (99, 0)])
def test_what_was_answered_is_cut_from_a_push(offset: int, left: int) -> None:
    push = pushes.of_stream("me", 5, [b'{"id":1}', b'{"id":2}', b'{"id":3}'], Format.JSON)
    rest = push.after(offset)

    assert (len(rest.events) if rest else 0) == left
    assert rest is None or rest.first == 8 - left
