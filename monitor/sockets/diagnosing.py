"""The verb `diagnose`: opened here, made by a worker, told on `me`."""

from typing import Protocol

from ml.knowledge import load
from monitor.errors import Roadpulse, TooBusy
from monitor.garage import diagnoses
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.values import Viewer
from monitor.wire.garage import Diagnose, Opened


class Process(Protocol):
    """What is needed of the process."""

    @property
    def db(self) -> Database: ...
    @property
    def settings(self) -> Settings: ...


class Speaker(Protocol):
    """A socket that asks for a diagnosis."""

    @property
    def door(self) -> Process: ...

    def answer(self, message_id: int, verb: str, body: object) -> None: ...

    def refuse(self, message_id: int | None, error: Roadpulse) -> None: ...


async def diagnose(session: Speaker, message_id: int, given: Diagnose, viewer: Viewer) -> None:
    """Answers with the number under which the result will be told.

    Raises: InvalidField, TooManyDiagnoses; Unavailable.
    """
    door = session.door
    try:
        opened = await diagnoses.open_(door.db, viewer, given, load(), door.settings.work)
    except TooBusy as error:
        # The server is not too busy for this socket, the workers are for this job.
        session.refuse(message_id, error)
        return
    session.answer(message_id, "diagnose", Opened(opened))
