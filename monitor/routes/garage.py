"""HTTP about cars and their diagnoses."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from ml.knowledge import Knowledge
from monitor.errors import Conflict, TooBusy, TooManyDiagnoses, TooManyVehicles
from monitor.garage import diagnoses, interactions, vehicles
from monitor.routes.route import AnyRoute, Example, Page, Paging, Request, Route
from monitor.routes.uploads import CAR_OWNERS
from monitor.values import DiagnosisId, VehicleId
from monitor.wire.garage import (
    ChangedVehicle,
    Diagnose,
    Diagnosis,
    DiagnosisInShort,
    Id,
    NewAnswer,
    NewInteractions,
    NewOutcome,
    NewVehicle,
    Opened,
    Vehicle,
)

KNOWLEDGE = web.AppKey("knowledge", Knowledge)


class VehiclesAsked(Paging, frozen=True):
    """Which of one's own cars."""


class DiagnosesAsked(Paging, frozen=True):
    """Which of one's own diagnoses."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    vehicle: Id | None = None
    words: Annotated[str, Meta(max_length=200)] | None = None
    """all of them in its description: in any form, with or without accents, the last one perhaps unfinished"""


async def list_vehicles(request: Request[None, VehiclesAsked]) -> Page[Vehicle]:
    asked = request.query
    return Page.cut(await vehicles.some(request.db, request.viewer, asked.after_id, asked.limit + 1), asked.limit)


async def show_vehicle(request: Request[None, None]) -> Vehicle:
    return await vehicles.one(request.db, request.viewer, VehicleId(request.number()))


async def add_vehicle(request: Request[NewVehicle, None]) -> Vehicle:
    return await vehicles.add(request.db, request.viewer, request.body)


async def change_vehicle(request: Request[ChangedVehicle, None]) -> Vehicle:
    return await vehicles.change(request.db, request.viewer, VehicleId(request.number()), request.body)


async def delete_vehicle(request: Request[None, None]) -> None:
    await vehicles.delete(request.db, request.viewer, VehicleId(request.number()))


async def open_diagnosis(request: Request[Diagnose, None]) -> Opened:
    limits, knowledge = request.settings.work, request.http.app[KNOWLEDGE]
    return Opened(await diagnoses.open_(request.db, request.viewer, request.body, knowledge, limits))


async def list_diagnoses(request: Request[None, DiagnosesAsked]) -> Page[DiagnosisInShort]:
    asked = request.query
    vehicle = None if asked.vehicle is None else VehicleId(asked.vehicle)
    words = (asked.words or "").strip() or None
    found = await diagnoses.some(request.db, request.viewer, vehicle, asked.after_id, asked.limit + 1, words)
    return Page.cut(found, asked.limit)


async def show_diagnosis(request: Request[None, None]) -> Diagnosis:
    return await diagnoses.one(request.db, request.viewer, DiagnosisId(request.number()))


async def answer(request: Request[NewAnswer, None]) -> Diagnosis:
    wanted, knowledge = DiagnosisId(request.number()), request.http.app[KNOWLEDGE]
    return await diagnoses.answer(request.db, request.viewer, wanted, request.body, knowledge)


async def tell_outcome(request: Request[NewOutcome, None]) -> Diagnosis:
    wanted, knowledge = DiagnosisId(request.number()), request.http.app[KNOWLEDGE]
    return await diagnoses.tell_outcome(request.db, request.viewer, wanted, request.body, knowledge)


async def tell_interactions(request: Request[NewInteractions, None]) -> None:
    wanted, knowledge = DiagnosisId(request.number()), request.http.app[KNOWLEDGE]
    await interactions.tell(request.db, request.viewer, wanted, request.body.items, knowledge)


async def delete_diagnosis(request: Request[None, None]) -> None:
    await diagnoses.delete(request.db, request.viewer, DiagnosisId(request.number()))


_CAR = {"name": "Toyota", "make": "Toyota", "model": "Corolla", "year": 2009, "fuel": "petrol", "odometer_km": 214_000}
_VEHICLE = Example(path={"id": "3"}, live={"id": "vehicle"})
_DIAGNOSIS = Example(path={"id": "17"}, live={"id": "diagnosis"})

ROUTES: list[AnyRoute] = [
    Route(
        "GET", "/v1/vehicles", list_vehicles, "One's own cars",
        answer=Page[Vehicle], query=VehiclesAsked, roles=CAR_OWNERS, tags=("garage",),
    ),
    Route(
        "POST", "/v1/vehicles", add_vehicle, "Add a car",
        answer=Vehicle, body=NewVehicle, status=201, roles=CAR_OWNERS, tags=("garage",), refusals=(TooManyVehicles,),
        description="Fuel, gearbox, age and kilometres tell which faults it can have, and which are likely.",
        example=Example(body=_CAR),
    ),
    Route(
        "GET", "/v1/vehicles/{id}", show_vehicle, "One car",
        answer=Vehicle, roles=CAR_OWNERS, tags=("garage",), example=_VEHICLE,
    ),
    Route(
        "PATCH", "/v1/vehicles/{id}", change_vehicle, "Change what is known of a car",
        answer=Vehicle, body=ChangedVehicle, roles=CAR_OWNERS, tags=("garage",),
        example=Example(path={"id": "3"}, body={"odometer_km": 215_500}, live={"id": "vehicle"}),
    ),
    Route(
        "DELETE", "/v1/vehicles/{id}", delete_vehicle, "Forget a car; its diagnoses stay",
        status=204, roles=CAR_OWNERS, tags=("garage",), example=_VEHICLE,
    ),
    Route(
        "POST", "/v1/diagnoses", open_diagnosis, "Ask what is wrong with a car",
        answer=Opened, body=Diagnose, status=202, roles=CAR_OWNERS, tags=("garage",),
        refusals=(TooBusy, TooManyDiagnoses),
        description="The same as `diagnose` on the socket. What comes of it is told on `me`, and stands at "
        "/v1/diagnoses/{id}.",
        example=Example(
            body={
                "description": "The oil light is on and it ticks at idle",
                "symptoms": ["no_start"], "codes": ["P0301"], "language": "en",
            }
        ),
    ),
    Route(
        "GET", "/v1/diagnoses", list_diagnoses, "One's own diagnoses, the newest first",
        answer=Page[DiagnosisInShort], query=DiagnosesAsked, roles=CAR_OWNERS, tags=("garage",),
        example=Example(query={"limit": "10", "words": "oil light"}),
    ),
    Route(
        "GET", "/v1/diagnoses/{id}", show_diagnosis, "One diagnosis with its result",
        answer=Diagnosis, roles=CAR_OWNERS, tags=("garage",), example=_DIAGNOSIS,
    ),
    Route(
        "POST", "/v1/diagnoses/{id}/answers", answer, "Answer a question, and have the causes ranked anew",
        answer=Diagnosis, body=NewAnswer, roles=CAR_OWNERS, tags=("garage",), refusals=(Conflict,),
        description="Of several answers to one question the last one counts; `unknown` takes it back.",
        example=Example(
            path={"id": "17"}, body={"question": "engine_starts", "answer": "no"}, live={"id": "diagnosis"}
        ),
    ),
    Route(
        "PUT", "/v1/diagnoses/{id}/outcome", tell_outcome, "Tell what it was in the end",
        answer=Diagnosis, body=NewOutcome, roles=CAR_OWNERS, tags=("garage",), refusals=(Conflict,),
        description="The next diagnosis of the same car takes it into account, and says so among its reasons.",
        example=Example(
            path={"id": "17"},
            body={
                "was_right": True, "cause": "spark_plugs", "comment": "new plugs, runs well", "repaired": True,
            },
            live={"id": "diagnosis"},
        ),
    ),
    Route(
        "POST", "/v1/diagnoses/{id}/interactions", tell_interactions,
        "Tell which advice was taken up, and whether it helped",
        body=NewInteractions, status=204, roles=CAR_OWNERS, tags=("garage",), refusals=(Conflict,),
        description="Told twice it counts once. The diagnosis gives it back in `interactions`.",
        example=Example(
            path={"id": "17"},
            body={
                "items": [
                    {"what": "video", "item": "spark_plugs"},
                    {"what": "step", "item": "spark_plugs/1", "done": True, "helped": True},
                ]
            },
            live={"id": "diagnosis"},
        ),
    ),
    Route(
        "DELETE", "/v1/diagnoses/{id}", delete_diagnosis, "Forget a diagnosis; its files and its car stay",
        status=204, roles=CAR_OWNERS, tags=("garage",), example=_DIAGNOSIS,
    ),
]  # fmt: skip
