"""The icons that the dashboard model is taught on may be used, and are named by its vocabulary."""

import tomllib
from pathlib import Path

import pytest

from ml import model

TRAINING = Path(model.__file__).parent / "train" / "dashboard"
SETS = tomllib.loads((TRAINING / "icons.toml").read_text(encoding="utf-8"))
FREE = {"Apache-2.0", "MIT", "ISC", "CC-BY-4.0"}


@pytest.mark.parametrize("name", sorted(SETS))
def test_icon_set_tells_whose_it_is_and_that_it_is_free(name: str) -> None:
    assert SETS[name]["licence"] in FREE
    assert SETS[name]["author"]
    assert SETS[name]["package"].startswith("@iconify-json/")


def test_names_of_icons_are_classes_of_the_model() -> None:
    named = {label for made in SETS.values() for label in made["icons"]}

    assert named <= set(model.read_card(model.MODELS / "dashboard").classes)
