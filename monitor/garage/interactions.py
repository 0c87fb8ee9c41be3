"""Which advice of a result page was taken up, and whether it helped: what shows which advice is worth giving."""

from collections.abc import Sequence

from ml.knowledge import Knowledge
from ml.knowledge.entries import QuestionKind
from monitor.errors import Conflict, InvalidField, NotFound
from monitor.store.db import Database
from monitor.store.queries import Shelf
from monitor.values import DiagnosisId, Viewer
from monitor.wire.garage import Interaction

MOST = 200
"""pieces of advice of one diagnosis: several pages full"""
_SQL = Shelf("interactions")


async def tell(
    db: Database, viewer: Viewer, diagnosis: DiagnosisId, told: Sequence[Interaction], knowledge: Knowledge
) -> None:
    """Keeps the latest word of each piece of advice.

    Raises: NotFound; InvalidField - no such advice; Conflict - there is no result, or too much of it was told.
    """
    faults = [
        (f"items[{index}].item", "there is no such advice")
        for index, each in enumerate(told)
        if not _is_advice(each, knowledge)
    ]
    if faults:
        raise InvalidField(faults=faults)
    last = list({(each.what, each.item): each for each in told}.values())
    async with db.viewing(viewer) as tx:
        standing = await tx.fetchrow(_SQL["standing"], diagnosis, [f"{each.what}:{each.item}" for each in last])
        if standing is None:
            raise NotFound
        if standing["state"] != "concluded":
            raise Conflict("there is no result whose advice could be followed")
        if standing["others"] + len(last) > MOST:
            raise Conflict(f"of one diagnosis no more than {MOST} pieces of advice are kept")
        whats, items = [each.what for each in last], [each.item for each in last]
        done, helped = [each.done for each in last], [each.helped for each in last]
        await tx.execute(_SQL["keep"], diagnosis, viewer.person, whats, items, done, helped)


def _is_advice(told: Interaction, knowledge: Knowledge) -> bool:
    """The knowledge decides, not the page as it stands: it may have been ranked anew since it was read."""
    name, _, number = told.item.partition("/")
    cause = knowledge.causes.get(name)
    match told.what:
        case "check":
            check = knowledge.questions.get(told.item)
            return check is not None and check.kind is QuestionKind.CHECK
        case "video":
            return told.item in knowledge.causes
        case "step":
            return cause is not None and number in _numbers(cause.steps)
        case "part":
            return cause is not None and number in _numbers(cause.parts)


def _numbers(advice: Sequence[object]) -> set[str]:
    return {str(number) for number in range(1, len(advice) + 1)}
