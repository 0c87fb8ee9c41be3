"""What the models are, for people: read from the cards that lie beside them, without loading any model."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODELS = Path(__file__).parent / "models"


@dataclass(frozen=True, slots=True)
class Description:
    """One model's card."""

    name: str
    version: int
    sha256: str
    licence_of_code: str
    licence_of_weights: str
    why: str
    """why the weights may do less than the code"""
    metrics: Mapping[str, Any]
    limits: tuple[str, ...]
    data: Mapping[str, Any]


def describe(folder: Path) -> Description:
    """The card in a model's folder."""
    card = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))
    licence = card["licence"]
    return Description(
        name=card["name"],
        version=card["version"],
        sha256=card["file"]["sha256"],
        licence_of_code=licence.get("code", "Apache-2.0"),
        licence_of_weights=licence["weights"],
        why=licence.get("why") or licence.get("reason", ""),
        metrics=card.get("metrics", {}),
        limits=tuple(line for lines in card.get("limits", {}).values() for line in lines),
        data=card.get("data", {}),
    )


def describe_all() -> tuple[Description, ...]:
    """Every model that is shipped, by name."""
    return tuple(describe(path.parent) for path in sorted(MODELS.glob("*/card.toml")))
