"""Cars and diagnoses over HTTP: what is refused and where, ranked anew by answers, and never anybody else's."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest

from tests.conftest import Servers
from tests.journeys.conftest import World
from tests.journeys.diagnosing import conclude
from tests.served import Served, serve

CAR = {"name": "Toyota", "make": "Toyota", "model": "Corolla", "year": 2009, "fuel": "petrol", "gearbox": "manual"}
WORDS = {"description": "it shakes at idle and has no power, P0301", "language": "en"}


@pytest.fixture(scope="module")
def served(servers: Servers, migrated: str) -> Iterator[Served]:
    with serve(servers, migrated, {"work_open_diagnoses": 3}) as served:
        yield served


@pytest.fixture
async def world(served: Served) -> AsyncIterator[World]:
    async with served.world() as world:
        yield world


async def opened(world: World, token: str, **body: object) -> int:
    status, answer = await world.call("POST", "/v1/diagnoses", token, body or WORDS)
    assert status == 202, answer
    return int(answer["diagnosis"])


async def concluded(world: World, token: str, **body: object) -> dict[str, Any]:
    diagnosis = await opened(world, token, **body)
    await conclude(world, diagnosis)
    _, found = await world.call("GET", f"/v1/diagnoses/{diagnosis}", token)
    assert found["state"] == "concluded"
    return dict(found)


def paths(refusal: Mapping[str, Any]) -> list[str]:
    return [fault["path"] for fault in refusal["errors"]]


async def test_car_is_kept_changed_listed_and_forgotten(world: World) -> None:
    token = await world.person()
    status, car = await world.call("POST", "/v1/vehicles", token, CAR)
    assert status == 201
    assert car == {**CAR, "odometer_km": None, "id": car["id"], "created_at": car["created_at"]}

    status, changed = await world.call(
        "PATCH", f"/v1/vehicles/{car['id']}", token, {"odometer_km": 215_000, "gearbox": None}
    )
    assert (status, changed) == (200, {**car, "odometer_km": 215_000, "gearbox": None})
    assert await world.call("GET", f"/v1/vehicles/{car['id']}", token) == (200, changed)
    assert await world.call("GET", "/v1/vehicles", token) == (200, {"items": [changed], "next": None})

    assert (await world.call("DELETE", f"/v1/vehicles/{car['id']}", token))[0] == 204
    assert (await world.call("GET", f"/v1/vehicles/{car['id']}", token))[0] == 404


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": ""}, "name"), ({"name": "a\u0000b"}, "name"), ({"name": "x", "year": 1066}, "year"),
        ({"name": "x", "fuel": "steam"}, "fuel"), ({"name": "x", "odometer_km": -1}, "odometer_km"),
    ],
)  # fmt: skip
async def test_impossible_car_is_refused_where_it_is_wrong(world: World, body: dict[str, object], path: str) -> None:
    status, refusal = await world.call("POST", "/v1/vehicles", await world.person(), body)

    assert status == 422
    assert paths(refusal) == [path]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, [""]),
        ({"description": "  \n"}, [""]),
        ({"description": "x", "symptoms": ["no_start", "no_such_thing"]}, ["symptoms[1]"]),
        ({"codes": ["P0301", "P030"]}, ["codes[1]"]),
        ({"description": "x" * 4001}, ["description"]),
        ({"description": "x", "language": "de"}, ["language"]),
        ({"description": "x", "vehicle": 10**9}, ["vehicle"]),
        ({"media": ["7f9c24e8-3b1c-4fd3-9d0e-8f1f1c9f4a11"]}, ["media[0]"]),
        ({"media": ["7f9c24e8-3b1c-4fd3-9d0e-8f1f1c9f4a11"] * 9}, ["media"]),
    ],
)  # fmt: skip
async def test_diagnosis_out_of_nothing_or_of_what_is_not_there_is_refused(
    world: World, body: dict[str, object], wrong: list[str]
) -> None:
    token = await world.person()
    status, refusal = await world.call("POST", "/v1/diagnoses", token, body)
    socket = await world.console(token)
    on_the_socket = await socket.say("diagnose", **body)

    assert (status, paths(refusal)) == (422, wrong)
    assert paths(on_the_socket["error"]) == wrong


async def test_file_that_is_not_there_not_whole_or_not_kept_is_named(world: World) -> None:
    token = await world.person()
    superuser = await world.connect_as("superuser")
    person = await superuser.fetchval("SELECT max(id) FROM accounts")
    make = (
        "INSERT INTO media (person, kind, content_type, bytes, sha256, state, received, refusal, stored_at)"
        " VALUES ($1, $2, 'image/jpeg', 10, decode(md5(random()::text) || md5(random()::text), 'hex'), $3, $4, $5,"
        " CASE WHEN $3 = 'stored' THEN now() END) RETURNING id"
    )
    coming = await superuser.fetchval(make, person, "dashboard", "receiving", 4, None)
    failed = await superuser.fetchval(make, person, "sound", "failed", 10, "media_truncated")
    attachment = await superuser.fetchval(make, person, "attachment", "stored", 10, None)

    _, refusal = await world.call(
        "POST", "/v1/diagnoses", token, {"media": [str(coming), str(failed)], "description": "x"}
    )
    assert {fault["path"]: fault["reason"] for fault in refusal["errors"]} == {
        "media[0]": "not stored yet: it is still coming in",
        "media[1]": "not kept: The file breaks off or is damaged inside.",
    }
    _, refusal = await world.call("POST", "/v1/diagnoses", token, {"media": [str(attachment)]})
    assert paths(refusal) == ["media"]
    found = await concluded(world, token, media=[str(attachment)], description="it shakes at idle")
    assert [file["id"] for file in found["media"]] == [str(attachment)]
    assert found["result"]["read"] == []


async def test_answer_ranks_the_causes_anew_at_once(world: World) -> None:
    token = await world.person()
    other_screen = await world.console(token)
    await other_screen.say("subscribe", channel="me")
    before = await concluded(world, token)
    question = before["result"]["question"]["id"]
    path = f"/v1/diagnoses/{before['id']}"

    shares = []
    for version, said in enumerate(("yes", "no"), before["version"] + 1):
        status, after = await world.call("POST", f"{path}/answers", token, {"question": question, "answer": said})
        assert status == 200
        assert (after["version"], after["answers"]) == (version, {question: said})
        assert await world.call("GET", path, token) == (200, after)
        told = await other_screen.push(lambda event, version=version: event["data"].get("version") == version)
        assert (told["event"], told["data"]) == ("diagnosis.concluded", after)
        shares.append({cause["id"]: cause["probability"] for cause in after["result"]["causes"]})

    assert shares[0] != shares[1] != {cause["id"]: cause["probability"] for cause in before["result"]["causes"]}
    status, back = await world.call("POST", f"{path}/answers", token, {"question": question, "answer": "unknown"})
    assert [cause["probability"] for cause in back["result"]["causes"]] == pytest.approx(
        [cause["probability"] for cause in before["result"]["causes"]]
    )
    assert (await world.call("POST", f"{path}/answers", token, {"question": "why?", "answer": "yes"}))[0] == 422


async def test_ticked_check_stays_on_the_page(world: World) -> None:
    token = await world.person()
    found = await concluded(world, token)
    check = found["result"]["checks"][0]
    assert check["answer"] is None
    _, after = await world.call(
        "POST", f"/v1/diagnoses/{found['id']}/answers", token, {"question": check["id"], "answer": "no"}
    )

    assert {each["id"]: each["answer"] for each in after["result"]["checks"]}[check["id"]] == "no"


async def test_car_matters(world: World) -> None:
    """A diesel has no spark plugs."""
    token = await world.person()
    cars = [(await world.call("POST", "/v1/vehicles", token, CAR | {"fuel": fuel}))[1] for fuel in ("petrol", "diesel")]
    petrol, diesel = [await concluded(world, token, **WORDS, vehicle=car["id"]) for car in cars]

    assert "spark_plugs" in {cause["id"] for cause in petrol["result"]["causes"]}
    assert "spark_plugs" not in {cause["id"] for cause in diesel["result"]["causes"]}
    assert petrol["vehicle"] == cars[0]
    _, page = await world.call("GET", f"/v1/diagnoses?vehicle={cars[1]['id']}", token)
    assert [item["id"] for item in page["items"]] == [diesel["id"]]
    assert page["items"][0]["verdict"] == {
        "verdict": diesel["result"]["verdict"]["verdict"], "headline": diesel["result"]["verdict"]["headline"],
    }  # fmt: skip
    await world.call("DELETE", f"/v1/vehicles/{cars[0]['id']}", token)
    _, left = await world.call("GET", f"/v1/diagnoses/{petrol['id']}", token)
    assert (left["vehicle"], left["result"]) == (None, petrol["result"])


async def test_outcome_is_told_and_told_otherwise(world: World) -> None:
    token = await world.person()
    found = await concluded(world, token)
    path = f"/v1/diagnoses/{found['id']}/outcome"

    for outcome in (
        {"was_right": False, "cause": None, "comment": "it was a mouse"},
        {"was_right": True, "cause": "spark_plugs", "comment": ""},
    ):
        status, after = await world.call("PUT", path, token, outcome)
        assert status == 200
        assert {name: after["outcome"][name] for name in outcome} == outcome
    assert (await world.call("PUT", path, token, {"cause": "gremlins"}))[0] == 422


async def test_nothing_can_be_answered_or_told_before_there_is_a_result(world: World) -> None:
    token = await world.person()
    waiting = await opened(world, token)

    for method, what, body in (
        ("POST", "answers", {"question": "engine_starts", "answer": "yes"}),
        ("PUT", "outcome", {"was_right": True}),
    ):
        status, refusal = await world.call(method, f"/v1/diagnoses/{waiting}/{what}", token, body)
        assert (status, refusal["type"]) == (409, "/problems/conflict")


async def test_nobody_fills_the_queue_alone(world: World) -> None:
    token = await world.person()
    for _ in range(3):
        await opened(world, token)
    status, refusal = await world.call("POST", "/v1/diagnoses", token, WORDS)

    assert (status, refusal["type"]) == (429, "/problems/too_many_diagnoses")
    assert refusal["retry_after_ms"] > 0
    assert refusal["retry"]


async def test_stranger_finds_nothing_of_anothers(world: World) -> None:
    owner = await world.person()
    _, car = await world.call("POST", "/v1/vehicles", owner, CAR)
    found = await concluded(world, owner, **WORDS, vehicle=car["id"])
    of_the_diagnosis = f"/v1/diagnoses/{found['id']}"
    calls: list[tuple[str, str, object]] = [
        ("GET", f"/v1/vehicles/{car['id']}", None),
        ("PATCH", f"/v1/vehicles/{car['id']}", {"name": "mine"}),
        ("DELETE", f"/v1/vehicles/{car['id']}", None),
        ("GET", of_the_diagnosis, None),
        ("POST", f"{of_the_diagnosis}/answers", {"question": "engine_starts", "answer": "yes"}),
        ("PUT", f"{of_the_diagnosis}/outcome", {"was_right": True}),
        ("DELETE", of_the_diagnosis, None),
    ]

    for role in ("subscriber", "mechanic"):
        stranger = await world.person(role)
        for method, path, body in calls:
            status, refusal = await world.call(method, path, stranger, body)
            assert (status, refusal["type"]) == (404, "/problems/not_found"), path
        assert await world.call("GET", "/v1/diagnoses", stranger) == (200, {"items": [], "next": None})
        assert await world.call("GET", "/v1/vehicles", stranger) == (200, {"items": [], "next": None})
        _, refusal = await world.call("POST", "/v1/diagnoses", stranger, {**WORDS, "vehicle": car["id"]})
        assert paths(refusal) == ["vehicle"]
    for role, provider in (("operator", "mtn"), ("analyst", None), ("administrator", None)):
        other = await world.person(role, provider)
        for method, path, body in calls:
            assert (await world.call(method, path, other, body))[0] == 403, (role, path)
    assert await world.call("GET", of_the_diagnosis, owner) == (200, found)


async def test_diagnosis_is_forgotten_also_while_it_waits(world: World) -> None:
    token = await world.person()
    waiting = await opened(world, token)

    assert (await world.call("DELETE", f"/v1/diagnoses/{waiting}", token))[0] == 204
    assert (await world.call("GET", f"/v1/diagnoses/{waiting}", token))[0] == 404
    await conclude(world, waiting)  # the job ends all the same
    superuser = await world.connect_as("superuser")
    assert await superuser.fetchval("SELECT count(*) FROM jobs WHERE subject = $1", str(waiting)) == 0


async def test_everybody_may_see_symptoms_and_models(world: World) -> None:
    _, symptoms = await world.call("GET", "/v1/symptoms")
    _, models = await world.call("GET", "/v1/models")

    assert len(symptoms["items"]) >= 20
    assert all(item["name"]["en"] and item["name"]["fr"] and item["group"] for item in symptoms["items"])
    assert {model["name"] for model in models["items"]} == {"dashboard", "engine"}
    for model in models["items"]:
        assert len(model["sha256"]) == 64
        assert model["licence"]["weights"] == "research only"
        assert model["licence"]["why"]
        assert model["metrics"]
        assert model["limits"]
        assert model["data"]


async def found_with(world: World, token: str, words: str) -> list[int]:
    async with world.http.get(
        world.url + "/v1/diagnoses", params={"words": words}, headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        assert answer.status == 200
        return [one["id"] for one in (await answer.json())["items"]]


async def test_diagnoses_are_found_by_words_of_their_language(world: World) -> None:
    ada, ben = await world.person(), await world.person()
    squeal = await opened(world, ada, description="It squeals when I'm braking, and the brakes get hot", language="en")
    french = await opened(
        world, ada, description="Le moteur a calé à l\u2019arrêt, voyants ALLUMÉS : batterie", language="fr"
    )
    await opened(world, ben, description="The brakes squeal, la batterie", language="en")

    for words, expected in (
        ("squeal brake", [squeal]),
        ("BRAKED", [squeal]),
        ("squ", [squeal]),
        ("braking squeak", []),
        ("arret", [french]),
        ("l'arr\u00eat allume", [french]),
        ("le voyant allum\u00e9", [french]),
        ("batteries", [french]),
        ("the", []),
        ("' & ! :* | (", []),
        ("  ", [french, squeal]),
    ):
        assert await found_with(world, ada, words) == expected, words


async def test_words_too_many_are_refused(world: World) -> None:
    status, refusal = await world.call("GET", f"/v1/diagnoses?words={'x' * 201}", await world.person())

    assert status == 422
    assert paths(refusal) == ["words"]
