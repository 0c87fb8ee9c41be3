"""HTTP about what is known of cars in general: the symptoms to choose from, and the models that read files."""

from ml.cards import describe_all
from monitor.routes.garage import KNOWLEDGE
from monitor.routes.route import AnyRoute, Page, Request, Route
from monitor.wire.garage import Licence, ModelTold, Symptom
from monitor.wire.media import Text

_HEADERS = {"Cache-Control": "public, max-age=300"}
"""They change with a release; five minutes old they are still true."""


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
]  # fmt: skip
