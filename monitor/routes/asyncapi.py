"""Writes the AsyncAPI document of the socket from the message types and the tables of who may say what."""

from collections.abc import Iterable, Mapping
from typing import Any

from monitor import errors
from monitor.errors import Roadpulse
from monitor.people import access
from monitor.people.access import Verb
from monitor.people.identities import Identity, Kind
from monitor.routes.asyncapi_messages import CONTROLS, EVERY_VERB, FOLLOWED, SPOKEN, Followed, Spoken
from monitor.routes.openapi import shown
from monitor.settings import Limits
from monitor.values import AccountId, Role
from monitor.wire import inbound
from monitor.wire.envelope import Format
from monitor.wire.outbound import Refusal
from monitor.wire.schemas import VERSION, Schema, Schemas

ADDRESS = "/v1/stream"
DEVICE = "device"
"""stands among the roles for a device token"""

DESCRIPTION = """\
One socket for phones that measure and for people who watch.

**Subprotocols.** `roadpulse.v1.json` (text frames, the default) and `roadpulse.v1.msgpack` (binary frames) carry the
same names and shapes, one message a frame. Times are RFC 3339 text, in MessagePack also the timestamp extension.
**First** comes `connect`, with a token, or without one on a socket that was opened with `?ticket=…`.
**Messages** are `{"id": 7, "<verb>": {…}}`; the answer has the same id and verb, or `error`. What comes without an id
is a push. Members that are not known are passed over. The empty map is a ping, and its answer.
**Measurements** are numbered: `seq` rises by one within a stream, an answer means that the batch is committed, and a
batch sent again is a duplicate. So everything is kept exactly once, whatever breaks between.
**Channels** are joined with `subscribe`, which answers with a snapshot or with the events missed since `offset`.
`docs/protocol.md` of the project tells it at length.
"""

_ENDED = 1000
"""the close code of who leaves"""


def document(limits: Limits) -> dict[str, Any]:
    """The whole document; `limits` are those of this server."""
    schemas = Schemas(
        [
            *(spoken.body for spoken in SPOKEN),
            *(spoken.answer for spoken in SPOKEN if spoken.is_answered),
            *(data for followed in FOLLOWED for data in followed.events.values()),
            *(control.data for control in CONTROLS.values()),
            Refusal,
        ]
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Roadpulse stream",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "encrypted": _server("wss", "As it should be reached from outside, through a proxy with TLS"),
            "plain": _server("ws", "On the same machine"),
        },
        "channels": {
            "stream": _stream(),
            "control": _control(),
            **{each.subject.value: _channel(each) for each in FOLLOWED},
        },
        "operations": _operations(),
        "components": {"messages": _messages(schemas), "schemas": schemas.components},
        "x-close-codes": [{"code": code, **said} for code, said in sorted(close_codes().items())],
        "x-limits": socket_limits(limits),
    }


def socket_limits(limits: Limits) -> dict[str, float]:
    """What sockets are held to; limits of calls are told in headers."""
    names = [name for name in limits.__struct_fields__ if not name.endswith("_per_minute")]
    return {name: getattr(limits, name) for name in names}


def audience(verb: str) -> list[str]:
    """Whose sockets may say a verb."""
    if verb == "connect":
        return [DEVICE, *sorted(Role)]
    return [name for name, who in _somebody() if access.may_say(who, Verb(verb))]


def followers(followed: Followed) -> list[str]:
    """Who may join a channel; of operators those whose own it is."""
    return [name for name, who in _somebody() if access.topic(who, followed.example) is not None]


def close_codes() -> dict[int, dict[str, object]]:
    """What each close code means, and whether to come back after it."""
    meanings: dict[int, list[str]] = {_ENDED: ["The client closed, or its connection is gone."]}
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, Roadpulse) and error.close_code is not None:
            meanings.setdefault(error.close_code, []).append(error().title)
    return {
        code: {"meaning": " ".join(meaning), "comes_back": code == 1011 or 4000 <= code < 4500}
        for code, meaning in meanings.items()
    }


def _somebody() -> Iterable[tuple[str, Identity]]:
    """One caller of each kind; the operator is of the provider that examples name."""
    nobody = AccountId(1)
    yield DEVICE, Identity(Kind.DEVICE, nobody, Role.SUBSCRIBER)
    for role in sorted(Role):
        slug = "mtn" if role is Role.OPERATOR else None
        yield role.value, Identity(Kind.ACCOUNT, nobody, role, provider_slug=slug)


def _server(protocol: str, description: str) -> dict[str, Any]:
    return {
        "host": "{host}",
        "protocol": protocol,
        "description": description,
        "variables": {"host": {"default": "localhost:8080", "description": "name and port of the server"}},
    }


def _stream() -> dict[str, Any]:
    names = [spoken.verb for spoken in SPOKEN] + [f"{spoken.verb}.reply" for spoken in SPOKEN if spoken.is_answered]
    names += ["error", "ping"]
    ticket = {"type": "string", "description": "from POST /v1/stream-tickets: works once, within 30 s"}
    return {
        "address": ADDRESS,
        "title": "The socket",
        "messages": _references(names),
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {"type": "object", "properties": {"ticket": ticket}, "additionalProperties": False},
                "headers": {
                    "type": "object",
                    "properties": {
                        "Sec-WebSocket-Protocol": {"type": "string", "enum": [each.value for each in Format]},
                        "Origin": {"type": "string", "description": "if there is one, it is checked against a list"},
                    },
                },
                "bindingVersion": "0.1.0",
            }
        },
    }


def _control() -> dict[str, Any]:
    return {
        "address": "control",
        "title": "What the server asks of this socket",
        "description": "Nobody subscribes to it; it has no offsets.",
        "messages": {event: _reference(_name_of_control(event)) for event in CONTROLS},
    }


def _channel(followed: Followed) -> dict[str, Any]:
    said: dict[str, Any] = {
        "address": followed.address,
        "title": followed.summary,
        "description": "A name within the socket, joined with `subscribe`.",
        "messages": _references(followed.events),
        "x-roles": followers(followed),
    }
    if "{provider}" in followed.address:
        said["parameters"] = {"provider": {"description": "the operator's slug", "examples": ["mtn"]}}
    return said


def _references(names: Iterable[str]) -> dict[str, Any]:
    return {name: _reference(name) for name in names}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/messages/{name}"}


def _name_of_control(event: str) -> str:
    """A channel may tell of the same under the same name, with other members."""
    is_followed = any(event in followed.events for followed in FOLLOWED)
    return f"control.{event}" if is_followed else event


def _operations() -> dict[str, Any]:
    found: dict[str, Any] = {spoken.verb: _verb(spoken) for spoken in SPOKEN}
    found["ping"] = {
        "action": "send",
        "channel": {"$ref": "#/channels/stream"},
        "summary": "Asks whether the client is there, after `ping_s` in which nothing came from it",
        "messages": [_within("stream", "ping")],
        "reply": {"channel": {"$ref": "#/channels/stream"}, "messages": [_within("stream", "ping")]},
    }
    for event, control in CONTROLS.items():
        found[_name_of_control(event)] = _push("control", event, control.meaning)
    for followed in FOLLOWED:
        for event in followed.events:
            found[event] = _push(followed.subject.value, event, followed.summary)
    return found


def _verb(spoken: Spoken) -> dict[str, Any]:
    answers = [_within("stream", f"{spoken.verb}.reply")] * spoken.is_answered + [_within("stream", "error")]
    refusals = sorted({error.code for error in (*spoken.refusals, *EVERY_VERB)})
    return {
        "action": "receive",
        "channel": {"$ref": "#/channels/stream"},
        "summary": (spoken.body.__doc__ or "").partition("\n")[0],
        "messages": [_within("stream", spoken.verb)],
        "reply": {"channel": {"$ref": "#/channels/stream"}, "messages": answers},
        "x-roles": audience(spoken.verb),
        "x-errors": refusals,
    }


def _push(channel: str, event: str, summary: str) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [_within(channel, event)],
    }


def _within(channel: str, message: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{channel}/messages/{message}"}


def _messages(schemas: Schemas) -> dict[str, Any]:
    found: dict[str, Any] = {
        "error": _message("error", _enveloped("error", schemas.of(Refusal), can_be_nameless=True)),
        "ping": _message("ping", {"type": "object", "maxProperties": 0}) | {"examples": [{"payload": {}}]},
    }
    for spoken in SPOKEN:
        found[spoken.verb] = _request(spoken, schemas)
        if spoken.is_answered:
            answer = _enveloped(spoken.verb, schemas.of(spoken.answer))
            found[f"{spoken.verb}.reply"] = _message(f"{spoken.verb}.reply", answer)
    for event, control in CONTROLS.items():
        name = _name_of_control(event)
        found[name] = _message(name, _pushed(event, schemas.of(control.data), is_control=True))
    for followed in FOLLOWED:
        for event, data in followed.events.items():
            found[event] = _message(event, _pushed(event, schemas.of(data), is_control=False))
    return found


def _request(spoken: Spoken, schemas: Schemas) -> dict[str, Any]:
    examples = [
        {
            "name": example.name,
            "payload": ({"id": number} if spoken.is_answered else {}) | {spoken.verb: shown(example.body)},
        }
        for number, example in enumerate(spoken.examples, 1)
    ]
    live = {example.name: dict(example.live) for example in spoken.examples if example.live}
    body = _enveloped(spoken.verb, schemas.of(spoken.body))
    if not spoken.is_answered:
        body["required"] = [spoken.verb]
    said = _message(spoken.verb, body) | {"examples": examples}
    return said | ({"x-live": live} if live else {})


def _message(name: str, payload: Schema) -> dict[str, Any]:
    return {"name": name, "payload": payload}


def _enveloped(verb: str, body: Schema, *, can_be_nameless: bool = False) -> Schema:
    number: Schema = {"type": "integer", "minimum": 1, "maximum": inbound.MOST_ID}
    if can_be_nameless:
        number = {"anyOf": [number, {"type": "null"}], "description": "null where the id could not be read"}
    return {"type": "object", "required": ["id", verb], "properties": {"id": number, verb: body}}


def _pushed(event: str, data: Schema, *, is_control: bool) -> Schema:
    members: Mapping[str, Schema] = {
        "id": {"type": "integer", "description": "what `confirm` names; 0 on channels that carry only the latest"},
        "offset": {"type": "integer", "description": "place in the channel; only where nothing may be lost"},
        "event": {"const": event},
        "data": data,
    }
    kept = {name: member for name, member in members.items() if not is_control or name in {"event", "data"}}
    required = ["event", "data"] if is_control else ["id", "event", "data"]
    one = {"type": "object", "required": required, "properties": kept}
    push = {
        "type": "object",
        "required": ["channel", "events"],
        "properties": {"channel": {"type": "string"}, "events": {"type": "array", "minItems": 1, "items": one}},
    }
    return {"type": "object", "required": ["push"], "properties": {"push": push}}
