"""`python -m ml.train.dashboard --data DATA --work FOLDER`: trains, judges across photo sources, writes the model."""

import argparse
import logging
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import torch

from ml.dashboard import LONGEST_PX
from ml.image import Pixels, decode, shrink
from ml.train.dashboard import glyphs, photos, scenes
from ml.train.dashboard.network import Namer
from ml.train.dashboard.teach import teach

log = logging.getLogger("ml.train.dashboard")
SEED = 2575
Thing = TypeVar("Thing")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ml.train.dashboard", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds cars/")
    parser.add_argument("--work", type=Path, required=True, help="folder for caches and saved lessons")
    parser.add_argument("--first-steps", type=int, default=1500)
    parser.add_argument("--second-steps", type=int, default=700)
    parser.add_argument("--only", default="", help="photo sources to train on, joined by +; default: each, then all")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    chosen.work.mkdir(parents=True, exist_ok=True)
    cars = chosen.data / "cars"
    classes = class_names(cars)
    shapes = kept(chosen.work / "glyphs.pickle", lambda: glyphs.read_glyphs(cars, frozenset(classes)))
    taught = {"": teach_first(chosen.work, shapes, classes, cars, chosen.first_steps)}
    for sources in chosen.only.split(",") if chosen.only else ("alirz", "trodo", "alirz+trodo"):
        network = Namer(len(classes))
        # The product's network has seen all photos anyhow: it goes on from where the first source's stopped.
        before = taught.get(sources.partition("+")[0], taught[""])
        network.load_state_dict(before.state_dict())
        bank = scenes.stock(shapes, patches_of(chosen.work, cars, sources), classes)
        place = chosen.work / f"lesson-{sources}.pt"
        steps = chosen.second_steps * (1 + sources.count("+"))
        taught[sources] = teach(bank, network, steps, 2e-3, SEED + 1, place, classes.index("background"))
        log.info("taught %s", sources)


def class_names(cars: Path) -> list[str]:
    """The data set's names, then `unknown` and `background`."""
    names = sorted(path.name for path in (cars / "images").iterdir() if path.is_dir() and not path.name.startswith("_"))
    return [*names, "unknown", "background"]


def kept(place: Path, make: Callable[[], Thing]) -> Thing:
    """Made once, then read from the work folder."""
    if not place.exists():
        place.write_bytes(pickle.dumps(make()))
    return cast("Thing", pickle.loads(place.read_bytes()))  # noqa: S301 - a cache that this program wrote


def teach_first(work: Path, shapes: list[glyphs.Glyph], classes: list[str], cars: Path, steps: int) -> Namer:
    """The lesson without any photo of the two sources: renders over four unlit dashboards and plain grounds."""
    torch.manual_seed(SEED)
    network = Namer(len(classes))
    bank = scenes.stock(shapes, patches_of(work, cars, ""), classes)
    return teach(bank, network, steps, 4e-3, SEED, work / "lesson-renders.pt", classes.index("background"))


def patches_of(work: Path, cars: Path, sources: str) -> photos.Patches:
    """Patches of these photo sources, with those of the unlit dashboards."""
    parts = [kept(work / "patches-grounds.pickle", lambda: photos.patches([], grounds(cars)))]
    for source in filter(None, sources.split("+")):
        parts.append(kept(work / f"patches-{source}.pickle", partial(of_source, cars, source)))  # noqa: PERF401
    return photos.joined(parts)


def of_source(cars: Path, source: str) -> photos.Patches:
    """Patches of the photos of one source."""
    return photos.patches([photo for photo in photos.read_photos(cars) if photo.source == source], [])


def grounds(cars: Path) -> list[Pixels]:
    """The unlit dashboards, at the size in which photos are searched."""
    files = sorted((cars / "images" / "_backgrounds").iterdir())
    return [shrink(decode(path.read_bytes()).pixels, LONGEST_PX) for path in files]


if __name__ == "__main__":
    main()
