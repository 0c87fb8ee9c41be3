"""Reads a frame into one message and writes answers, errors and pushes, in JSON or MessagePack alike."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeGuard

import msgspec
from msgspec import UNSET

from monitor.errors import InvalidField, InvalidMessage, Roadpulse, TooManyItems, UnknownVerb
from monitor.wire.inbound import NAMELESS, VERBS, Frame, Item, Measure, Message
from monitor.wire.media import Chunk
from monitor.wire.outbound import Event, Fault, Push, Quarantined
from monitor.wire.unpacking import unpack

MAX_DEPTH_DETAIL = "nested too deeply"
MOST_DIGITS = 400
"""of a whole number; one with more is beyond every bound here, and infinite as a float"""
ORDINAL = "a positive integer below 2^53 is needed"
"""above, a browser's numbers are no longer whole"""
CHUNK_HEAD_BYTES = 12

_BOUND = re.compile(r"Expected `(?:float|int)` ([<>]=?) (-?\d+)(?:\.0)?")
_BOUND_WORDS = {">=": "at least", "<=": "at most", ">": "above", "<": "below"}


class Format(StrEnum):
    """The two subprotocols' encodings."""

    JSON = "roadpulse.v1.json"
    MSGPACK = "roadpulse.v1.msgpack"


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item that failed, with its bytes as they came (re-encoded where only the whole was readable)."""

    index: int
    path: str
    reason: str
    raw: bytes

    def said(self) -> Quarantined:
        return Quarantined(self.index, self.path, self.reason)


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch whose items were judged one by one."""

    seq: int
    items: list[Item]
    positions: list[int]
    """the index that each good item had in the batch"""
    rejected: list[Rejected]


@dataclass(frozen=True, slots=True)
class Request:
    """One frame understood: `message` is None for the empty map, `id` is None for that and for chunks."""

    id: int | None
    verb: str
    message: Message | Judged | None


class Unreadable(Exception):
    """Carries the error of a frame together with the id it had, if that could be read."""

    def __init__(self, message_id: int | None, error: Roadpulse) -> None:
        self.message_id = message_id
        self.error = error
        super().__init__(error.detail)


_decode: dict[Format, Callable[[Any], Frame]] = {
    Format.JSON: msgspec.json.Decoder(Frame).decode,
    Format.MSGPACK: msgspec.msgpack.Decoder(Frame).decode,
}
_json_out = msgspec.json.Encoder()
_msgpack_out = msgspec.msgpack.Encoder()


def encode(value: object, wire_format: Format) -> bytes:
    return _json_out.encode(value) if wire_format is Format.JSON else _msgpack_out.encode(value)


def reply(message_id: int, verb: str, body: object, wire_format: Format) -> bytes:
    """The frame that answers `message_id`."""
    return encode({"id": message_id, verb: body}, wire_format)


def refusal(message_id: int | None, error: Roadpulse, wire_format: Format) -> bytes:
    """The frame that says what was wrong with `message_id`; null where the id could not be read."""
    return encode({"id": message_id, "error": problem(error)}, wire_format)


def push(channel: str, events: list[Event], wire_format: Format) -> bytes:
    return encode({"push": Push(channel, events)}, wire_format)


def control(event: str, data: Mapping[str, object], wire_format: Format) -> bytes:
    """A push on `control`, the channel without offsets."""
    return encode({"push": {"channel": "control", "events": [{"event": event, "data": data}]}}, wire_format)


def problem(error: Roadpulse) -> dict[str, object]:
    """An error as both doors say it (RFC 9457 without the HTTP members)."""
    said: dict[str, object] = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "detail": error.detail or error.title,
        "retry": error.retry,
    }
    if error.faults:
        said["errors"] = [Fault(path, reason) for path, reason in error.faults]
    return said | error.members


def read(data: bytes | str, wire_format: Format, max_items: int) -> Request:
    """The message in one frame.

    Raises: Unreadable - with an error that says where and why; the connection can live on.
    """
    try:
        frame = _decode[wire_format](data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError):
        # ValidationError is a DecodeError: what the typed decode refuses is read again, leniently.
        return _read_leniently(data, wire_format, max_items)
    said = [(verb, body) for verb in VERBS if (body := getattr(frame, verb)) is not UNSET]
    if len(said) != 1:
        return _read_leniently(data, wire_format, max_items)
    verb, body = said[0]
    if frame.id is UNSET:
        if verb == NAMELESS:
            return Request(None, verb, body)
        return _read_leniently(data, wire_format, max_items)
    if isinstance(body, Measure) and len(body.items) > max_items:
        raise Unreadable(frame.id, _too_many(len(body.items), max_items))
    return Request(frame.id, verb, body)


def read_chunk(data: bytes) -> Request:
    """The chunk in a binary frame of a JSON socket: 4 bytes upload number, 8 bytes offset, both big-endian, then data.

    Raises: Unreadable.
    """
    if len(data) < CHUNK_HEAD_BYTES:
        raise Unreadable(
            None, InvalidMessage(f"a binary frame begins with {CHUNK_HEAD_BYTES} bytes of number and offset")
        )
    number, offset = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:CHUNK_HEAD_BYTES], "big")
    return Request(None, NAMELESS, Chunk(number, offset, data[CHUNK_HEAD_BYTES:]))


def parse(data: bytes | str, wire_format: Format) -> Any:
    """Anything the format can hold, NaN and lone surrogates included.

    Raises: InvalidMessage - not even that.
    """
    try:
        if isinstance(data, bytes) and wire_format is Format.MSGPACK:
            return unpack(data)
        return json.loads(data, parse_int=_whole)
    except RecursionError as error:
        raise InvalidMessage(MAX_DEPTH_DETAIL) from error
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        raise InvalidMessage(f"not {'MessagePack' if wire_format is Format.MSGPACK else 'JSON'}") from error


def _whole(digits: str) -> float:
    # Python turns no more than 4,300 digits into a whole number; one such item must not cost the others of its batch.
    return int(digits) if len(digits) < MOST_DIGITS else float(digits)


def _read_leniently(data: bytes | str, wire_format: Format, max_items: int) -> Request:
    try:
        tree = parse(data, wire_format)
    except InvalidMessage as error:
        raise Unreadable(None, error) from error
    if not isinstance(tree, dict):
        raise Unreadable(None, InvalidMessage("a message is a map"))
    if not tree:
        return Request(None, "", None)
    message_id = tree.get("id")
    if message_id is None and NAMELESS in tree:
        pass
    elif not _is_ordinal(message_id):
        raise Unreadable(None, InvalidField(faults=[("id", ORDINAL)]))
    verbs = [verb for verb in VERBS if verb in tree]
    try:
        if len(verbs) != 1:
            raise _verb_fault(verbs, tree)
        verb, body = verbs[0], tree[verbs[0]]
        message = judge(body, wire_format, max_items) if verb == "measure" else convert(body, VERBS[verb], wire_format)
    except Roadpulse as error:
        raise Unreadable(message_id, error) from error
    return Request(message_id, verb, message)


def _verb_fault(verbs: list[str], tree: dict[object, object]) -> Roadpulse:
    if verbs:
        return InvalidMessage(f"two verbs in one message: {', '.join(verbs)}")
    others = [str(key)[:40].encode("ascii", "replace").decode() for key in tree if key != "id"]
    return UnknownVerb(f"unknown verb: {others[0]}" if others else "no verb")


def convert(body: object, shape: type[Any], wire_format: Format = Format.JSON) -> Any:
    """`body`, read leniently before, as a typed message; only JSON says bytes as text.

    Raises: InvalidField - with path and reason of the first fault.
    """
    try:
        message = msgspec.convert(body, shape, builtin_types=(bytes,) if wire_format is Format.MSGPACK else None)
    except msgspec.ValidationError as error:
        raise InvalidField(faults=[fault_of(error)]) from error
    except (RecursionError, ValueError, OverflowError) as error:
        raise InvalidField(faults=[("", str(error)[:200])]) from error
    for field in msgspec.structs.fields(message):
        value = getattr(message, field.name)
        if isinstance(value, str) and not _is_sayable(value):
            raise InvalidField(faults=[(field.encode_name, "half a character (a lone surrogate)")])
    return message


def _is_sayable(text: str) -> bool:
    """Whether it can be said back: the escapes of JSON can spell what no encoding holds."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def judge(body: object, wire_format: Format, max_items: int) -> Judged:
    """A batch judged item by item; only the envelope can refuse it.

    Raises: InvalidField - seq or items unusable; TooManyItems.
    """
    if not isinstance(body, dict):
        raise InvalidField(faults=[("", "expected a map")])
    seq, items = body.get("seq"), body.get("items")
    if not _is_ordinal(seq):
        raise InvalidField(faults=[("seq", ORDINAL)])
    if not isinstance(items, list):
        raise InvalidField(faults=[("items", "a list is needed")])
    return judge_items(seq, items, wire_format, max_items)


def judge_items(seq: int, items: list[Any], wire_format: Format, max_items: int) -> Judged:
    """The good and the bad of a list of items.

    Raises: TooManyItems.
    """
    if len(items) > max_items:
        raise _too_many(len(items), max_items)
    good: list[Item] = []
    positions: list[int] = []
    rejected: list[Rejected] = []
    for index, item in enumerate(items):
        try:
            good.append(msgspec.convert(item, Item))
            positions.append(index)
        except msgspec.ValidationError as error:
            path, reason = fault_of(error)
            value = item.get(path) if isinstance(item, dict) else None
            if isinstance(value, float) and math.isnan(value):
                reason = "a finite number is needed"
            rejected.append(Rejected(index, path, reason, keep(item, wire_format)))
        except (RecursionError, ValueError, OverflowError, TypeError) as error:
            rejected.append(Rejected(index, "", str(error)[:200] or "unreadable", keep(item, wire_format)))
    return Judged(seq, good, positions, rejected)


def keep(item: object, wire_format: Format) -> bytes:
    """An item's bytes for the quarantine: they must survive whatever it holds."""
    try:
        if wire_format is Format.MSGPACK:
            return _msgpack_out.encode(item)
        return json.dumps(item).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, RecursionError, OverflowError):
        return repr(item)[:10_000].encode("utf-8", "backslashreplace")


def fault_of(error: msgspec.ValidationError) -> tuple[str, str]:
    """(path, reason) out of msgspec's message `reason - at `$.path``."""
    reason, _, place = str(error).partition(" - at ")
    if place.startswith("`key`"):
        reason, place = f"{reason} as key", place.partition(" in ")[2]
    path = place.strip("`").removeprefix("$").removeprefix(".")
    if not path and "missing required field" in reason:
        path = reason.rpartition("field ")[2].strip("`")
    return path, _in_words(reason)


def _in_words(reason: str) -> str:
    """A bound as a person would say it; msgspec says `float` < -0.0 of what must be below nought."""
    bound = _BOUND.fullmatch(reason)
    if bound is None:
        return reason
    return f"must be {_BOUND_WORDS[bound[1]]} {int(bound[2])}"


def _too_many(count: int, most: int) -> TooManyItems:
    return TooManyItems(f"{count} items; at most {most}", members={"limit": most})


def _is_ordinal(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 2**53
