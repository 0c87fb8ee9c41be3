"""A model as a product: its card (what it knows, measured and allowed) and the ONNX session that runs it."""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray

MODELS = Path(__file__).parent / "models"


class ModelDamaged(Exception):
    """The model's file is not the one that its card describes."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a model tells about itself; the code knows none of these numbers."""

    name: str
    version: int
    licence_of_weights: str
    """As told to people: `research only` where data of unstated or non-commercial licence touched the weights."""
    sha256: str
    classes: tuple[str, ...]
    thresholds: dict[str, float]
    """Per class: below it the model does not claim the class by itself."""
    decision: dict[str, float]
    """Numbers of the reading code that were chosen by measurement: temperatures, overlaps, sizes."""

    @property
    def title(self) -> str:
        return f"{self.name}-{self.version}"


@dataclass(frozen=True, slots=True)
class Model:
    """A warm session with its card."""

    card: Card
    session: onnxruntime.InferenceSession

    def run(self, **inputs: NDArray[np.generic]) -> tuple[NDArray[np.float32], ...]:
        """The model's outputs, in the order of its file."""
        return tuple(cast("list[NDArray[np.float32]]", self.session.run(None, inputs)))


def read_card(folder: Path) -> Card:
    """The card that lies beside a model."""
    text = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))
    return Card(
        name=text["name"],
        version=text["version"],
        licence_of_weights=text["licence"]["weights"],
        sha256=text["file"]["sha256"],
        classes=tuple(text["classes"]),
        thresholds={str(label): float(value) for label, value in text["thresholds"].items()},
        decision={str(name): float(value) for name, value in text["decision"].items()},
    )


@cache
def load(name: str) -> Model:
    """The model of this name, loaded once a process.

    Raises: ModelDamaged - the file's hash is not the card's.
    """
    folder = MODELS / name
    card = read_card(folder)
    content = (folder / "model.onnx").read_bytes()
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise ModelDamaged(f"{name}/model.onnx is not the file that its card describes")
    return Model(card=card, session=session(content))


def session(content: bytes) -> onnxruntime.InferenceSession:
    """A session on one processor core."""
    options = onnxruntime.SessionOptions()
    # One thread each: workers are processes, and threads of several sessions would fight for the same cores.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
