"""The published documents are what the official schemas want, and leave out nothing that the server does."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import openapi_spec_validator
import pytest

from monitor import app, documents, settings
from monitor.errors import Roadpulse
from monitor.live.topics import Subject
from monitor.network.alerts import Alert
from monitor.routes import asyncapi, calls, openapi
from monitor.routes.asyncapi_messages import FOLLOWED, SPOKEN
from monitor.wire import inbound, schemas
from monitor.wire.inbound import Item
from monitor.wire.outbound import Subscribed

OFFICIAL = Path(__file__).parent / "schemas" / "asyncapi-3.0.0.json"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return json.loads(json.dumps(openapi.document(app.ROUTES)))


@pytest.fixture(scope="module")
def spoken() -> dict[str, Any]:
    return json.loads(json.dumps(asyncapi.document(settings.load().limits)))


def test_openapi_document_is_valid(described: dict[str, Any]) -> None:
    openapi_spec_validator.validate(described, cls=openapi_spec_validator.OpenAPIV31SpecValidator)


def test_asyncapi_document_is_valid(spoken: dict[str, Any]) -> None:
    official = jsonschema.Draft7Validator(json.loads(OFFICIAL.read_text(encoding="utf-8")))

    assert [f"{error.json_path}: {error.message}" for error in official.iter_errors(spoken)] == []


def test_every_reference_leads_somewhere(described: dict[str, Any], spoken: dict[str, Any]) -> None:
    for document in (described, spoken):
        for reference in _references(document):
            place: Any = document
            for step in reference.removeprefix("#/").split("/"):
                place = place[step]


def test_every_route_is_described(described: dict[str, Any]) -> None:
    written = {(method.upper(), path) for path, verbs in described["paths"].items() for method in verbs}

    assert written == {(route.method, route.path) for route in app.ROUTES}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [openapi.identifier(route) for route in app.ROUTES]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("route", app.ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_operation_tells_refusals_roles_and_limits(route: Any, described: dict[str, Any]) -> None:
    said = described["paths"][route.path][route.method.lower()]

    assert said["tags"]
    assert set(said["tags"]) <= set(openapi.TAGS)
    assert said["x-roles"] == sorted(route.roles or ())
    for error in calls.refusals(route):
        answer = said["responses"][str(error.status)]
        assert error.code in answer["content"]["application/problem+json"]["examples"]
    for answer in said["responses"].values():
        assert ("RateLimit" in answer["headers"]) == route.limited
    assert ("429" in said["responses"]) == route.limited


@pytest.mark.parametrize("route", [each for each in app.ROUTES if each.body], ids=lambda route: route.path)
def test_example_of_a_body_is_what_its_schema_wants(route: Any, described: dict[str, Any]) -> None:
    content = described["paths"][route.path][route.method.lower()]["requestBody"]["content"]["application/json"]
    if "examples" not in content:
        assert not described["paths"][route.path][route.method.lower()]["requestBody"]["required"]
        return

    _validate(content["examples"]["works"]["value"], content["schema"], described)


def test_every_verb_that_clients_may_say_is_described(spoken: dict[str, Any]) -> None:
    assert {each.verb for each in SPOKEN} == set(inbound.VERBS)
    for verb in inbound.VERBS:
        operation = spoken["operations"][verb]
        assert operation["action"] == "receive"
        assert operation["x-roles"]
        assert spoken["components"]["messages"][verb]["examples"]


def test_every_channel_that_can_be_read_is_described(spoken: dict[str, Any]) -> None:
    # `feedback:` has no reader yet, so nobody can join it.
    assert {each.subject for each in FOLLOWED} == set(Subject) - {Subject.FEEDBACK}
    assert set(spoken["channels"]) == {"stream", "control", *(each.subject.value for each in FOLLOWED)}


def test_examples_of_messages_are_what_their_schemas_want(spoken: dict[str, Any]) -> None:
    for message in spoken["components"]["messages"].values():
        for example in message.get("examples", ()):
            _validate(example["payload"], message["payload"], spoken)


def test_every_close_code_is_described(spoken: dict[str, Any]) -> None:
    known = {error.close_code for error in _errors(Roadpulse) if error.close_code is not None}

    assert known <= {each["code"] for each in spoken["x-close-codes"]}
    for each in spoken["x-close-codes"]:
        assert each["comes_back"] == (each["code"] == 1011 or 4000 <= each["code"] < 4500)


def test_audience_is_the_table_of_the_protocol(spoken: dict[str, Any]) -> None:
    everybody = ["administrator", "analyst", "mechanic", "operator", "subscriber"]

    assert spoken["operations"]["measure"]["x-roles"] == ["device"]
    assert spoken["operations"]["connect"]["x-roles"] == ["device", *everybody]
    assert spoken["operations"]["subscribe"]["x-roles"] == everybody
    assert spoken["channels"]["alerts"]["x-roles"] == ["administrator", "operator"]
    assert spoken["channels"]["ops"]["x-roles"] == ["administrator"]
    assert spoken["channels"]["me"]["x-roles"] == everybody


def test_string_under_a_field_is_its_description() -> None:
    described = schemas.Schemas([Item, Subscribed])

    assert described.properties(Item)["latitude"]["description"] == "degrees, WGS 84; with longitude or not at all"
    assert described.properties(Subscribed)["recovered"]["description"].startswith("whether `events` fills the gap")
    assert described.required(Item) == {"measured_at", "carrier"}


def test_times_that_the_server_says_are_described_as_times() -> None:
    described = schemas.Schemas([Alert])

    assert described.properties(Alert)["opened_at"] == {"type": "string", "format": "date-time"}
    assert {"type": "string", "format": "date-time"} in described.properties(Alert)["cleared_at"]["anyOf"]


def test_protocol_page_tells_what_the_program_does() -> None:
    """If this fails, run `python -m monitor.documents` and read what changed in docs/protocol.md."""
    assert documents.PAGE.read_text(encoding="utf-8") == documents.written()


def _validate(value: object, schema: dict[str, Any], document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(
        {**schema, "components": document["components"]}, format_checker=jsonschema.FormatChecker()
    ).validate(value)


def _references(node: object) -> list[str]:
    match node:
        case {"$ref": str(reference)}:
            return [reference]
        case dict():
            return [each for value in node.values() for each in _references(value)]
        case list():
            return [each for value in node for each in _references(value)]
        case _:
            return []


def _errors(error: type[Roadpulse]) -> list[type[Roadpulse]]:
    return [error, *(below for each in error.__subclasses__() for below in _errors(each))]
