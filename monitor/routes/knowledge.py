"""HTTP about what is known of cars in general: the symptoms to choose from, and the models that read files."""

from typing import Annotated

from msgspec import Meta, Struct

from ml.cards import describe_all
from monitor.garage import performance
from monitor.routes.garage import KNOWLEDGE
from monitor.routes.route import AnyRoute, Example, Page, Request, Route
from monitor.values import Role
from monitor.wire.garage import Licence, ModelTold, ModelWeek, Symptom
from monitor.wire.media import Text

_HEADERS = {"Cache-Control": "public, max-age=300"}
"""They change with a release; five minutes old they are still true."""


class WeeksAsked(Struct, frozen=True):
    """How far back."""

    weeks: Annotated[int, Meta(ge=1, le=53)] = 12


async def list_symptoms(request: Request[None, None]) -> Page[Symptom]:
    known = request.http.app[KNOWLEDGE].symptoms.values()
    return Page([Symptom(each.id, Text(each.name.en, each.name.fr), each.group) for each in known if each.chip])


async def list_models(request: Request[None, None]) -> Page[ModelTold]:
    return Page(
        [
            ModelTold(
                card.name,
                card.version,
                card.sha256,
                Licence(card.licence_of_code, card.licence_of_weights, card.why),
                dict(card.metrics),
                list(card.limits),
                dict(card.data),
            )
            for card in describe_all()
        ]
    )


async def list_weeks(request: Request[None, WeeksAsked]) -> Page[ModelWeek]:
    return Page(await performance.weeks(request.db, request.viewer, request.query.weeks))


ROUTES: list[AnyRoute] = [
    Route(
        "GET", "/v1/symptoms", list_symptoms, "Symptoms that a driver can choose",
        answer=Page[Symptom], tags=("garage",), headers=_HEADERS,
        description="Chips for `symptoms` of a diagnosis; everything else may be written in its `description`.",
    ),
    Route(
        "GET", "/v1/models", list_models, "The models that read photos and recordings",
        answer=Page[ModelTold], tags=("garage",), headers=_HEADERS,
        description="What each was trained on, how well it does by class and with which uncertainty, what it cannot, "
        "and what its weights may be used for, which may be less than its code.",
    ),
    Route(
        "GET", "/v1/models/weeks", list_weeks, "How each model did, week by week",
        answer=Page[ModelWeek], query=WeeksAsked, roles=frozenset({Role.ANALYST, Role.ADMINISTRATOR}),
        tags=("garage",),
        description="Files read, how long that took, how often the model was not sure, and how often the owners found "
        "the diagnosis right; the newest week first. Weeks of fewer than ten people are left out.",
        example=Example(query={"weeks": "4"}),
    ),
]  # fmt: skip
