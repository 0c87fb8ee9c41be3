"""What is known about cars: read once from the data files beside this one, and refused if anything does not hold."""

import csv
import functools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Protocol, TypeVar

import msgspec

from ml.knowledge.checking import faults_of
from ml.knowledge.entries import (
    Baseline,
    Cause,
    Code,
    Entry,
    Family,
    Light,
    Question,
    Rule,
    Sound,
    Symptom,
    Text,
    Tool,
)

HEALTHY = "no_fault"
"""The hypothesis that nothing is wrong."""
UNKNOWN_CAUSE = "unknown_cause"
"""The hypothesis that it is something which this knowledge does not hold."""


class KnowledgeInvalid(Exception):
    """A data file of the knowledge base contradicts itself; the message lists every fault."""


class Named(Protocol):
    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=Named)
Shape = TypeVar("Shape")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that is known, by id."""

    lights: Mapping[str, Light]
    sounds: Mapping[str, Sound]
    symptoms: Mapping[str, Symptom]
    families: Mapping[str, Family]
    codes: Mapping[str, Code]
    causes: Mapping[str, Cause]
    questions: Mapping[str, Question]
    tools: Mapping[str, Tool]
    rules: Mapping[str, Rule]
    baseline: Baseline

    def evidence(self, key: str) -> Entry | None:
        """The entry that `light:…`, `sound:…`, `symptom:…` or `code:<family>` names, if there is one."""
        kind, _, name = key.partition(":")
        match kind:
            case "light":
                return self.lights.get(name)
            case "sound":
                return self.sounds.get(name)
            case "symptom":
                return self.symptoms.get(name)
            case "code":
                return self.families.get(name)
            case _:
                return None


@functools.cache
def load() -> Knowledge:
    """The knowledge that is shipped; the same object for every caller.

    Raises: KnowledgeInvalid - a reference without a target, a likelihood outside 0..1, a text in one language only.
    """
    folder = resources.files("ml.knowledge")
    causes = [path for path in sorted(folder.joinpath("causes").iterdir(), key=str) if path.name.endswith(".toml")]
    knowledge = Knowledge(
        lights=_by_id(_entries(folder / "lights.toml", "light", list[Light])),
        sounds=_by_id(_entries(folder / "sounds.toml", "sound", list[Sound])),
        symptoms=_by_id(_entries(folder / "symptoms.toml", "symptom", list[Symptom])),
        families=_by_id(_entries(folder / "families.toml", "family", list[Family])),
        codes=_codes(folder / "codes.csv"),
        causes=_by_id(cause for path in causes for cause in _entries(path, "cause", list[Cause])),
        questions=_by_id(_entries(folder / "questions.toml", "question", list[Question])),
        tools=_by_id(_entries(folder / "tools.toml", "tool", list[Tool])),
        rules=_by_id(_entries(folder / "rules.toml", "rule", list[Rule])),
        baseline=_entries(folder / "baseline.toml", "baseline", Baseline),
    )
    faults = faults_of(knowledge)
    if faults:
        raise KnowledgeInvalid("\n".join(faults))
    return knowledge


def _entries(path: Traversable, table: str, shape: type[Shape]) -> Shape:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8"))[table], type=shape)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, KeyError) as err:
        raise KnowledgeInvalid(f"{path.name}: {err}") from err


def _by_id(items: Iterable[Item]) -> Mapping[str, Item]:
    found: dict[str, Item] = {}
    for item in items:
        if item.id in found:
            raise KnowledgeInvalid(f"{item.id}: named twice")
        found[item.id] = item
    return MappingProxyType(found)


def _codes(path: Traversable) -> Mapping[str, Code]:
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return MappingProxyType(
        {row["code"]: Code(row["code"], row["family"], Text(row["english"], row["french"])) for row in rows}
    )
