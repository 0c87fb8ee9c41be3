"""`python -m ml.train.dashboard --data DATA --work FOLDER`: makes the banks, teaches on each source and on all."""

import argparse
import logging
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import torch

from ml.dashboard import CROP_PX, LONGEST_PX
from ml.image import Pixels, decode, shrink
from ml.train.dashboard import banks, glyphs, photos, scenes
from ml.train.dashboard.network import read_trunk
from ml.train.dashboard.teach import teach

log = logging.getLogger("ml.train.dashboard")
SEED = 2575
SOURCES = ("alirz", "trodo")
LESSONS = ("alirz", "trodo", "alirz+trodo")
"""The first two judge each other's photos; the third is the product's."""
DRAWN, LIT, DARK = 24_000, 5_000, 8_000
"""Crops in the banks: drawn, and of each photo source lit and unlit ones."""
Thing = TypeVar("Thing")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ml.train.dashboard", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds cars/ and backbones/")
    parser.add_argument("--work", type=Path, required=True, help="folder for caches and saved lessons")
    parser.add_argument("--drawn", type=int, default=DRAWN, help="crops in the bank of drawn lights")
    parser.add_argument("--steps", type=int, default=1000, help="steps of each lesson")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    chosen.work.mkdir(parents=True, exist_ok=True)
    cars = chosen.data / "cars"
    classes = class_names(cars)
    drawn, lit, dark = made_banks(chosen.data, chosen.work, classes, chosen.drawn)
    for number, lesson in enumerate(LESSONS):
        sources = lesson.split("+")
        teach(
            drawn,
            banks.joined([lit[source] for source in sources]),
            banks.joined([dark[source] for source in sources]),
            len(classes),
            chosen.steps,
            SEED + number,
            chosen.work / f"lesson-{lesson}.pt",
        )
        log.info("taught %s", lesson)


def class_names(cars: Path) -> list[str]:
    """The data set's names, then `unknown` and `background`."""
    names = sorted(path.name for path in (cars / "images").iterdir() if path.is_dir() and not path.name.startswith("_"))
    return [*names, "unknown", "background"]


def kept(place: Path, make: Callable[[], Thing]) -> Thing:
    """Made once, then read from the work folder."""
    if not place.exists():
        place.write_bytes(pickle.dumps(make()))
    return cast("Thing", pickle.loads(place.read_bytes()))  # noqa: S301 - a cache that this program wrote


def made_banks(
    data: Path, work: Path, classes: list[str], count: int
) -> tuple[banks.Bank, dict[str, banks.Bank], dict[str, banks.Bank]]:
    """Drawn lights over grounds that no photo of the two sources touched, and by source lit and unlit places."""
    cars, background = data / "cars", classes.index("background")
    shapes = kept(work / "glyphs.pickle", lambda: glyphs.read_glyphs(cars, frozenset(classes)))
    trunk = trunk_file(data, work)
    unlit = kept(work / "patches-grounds.pickle", lambda: photos.patches([], grounds(cars)))
    bare = scenes.stock(shapes, unlit, classes)
    drawn = banks.made(work / "drawn", trunk, partial(scenes.drawn, bare, background), count, SEED)
    lit, dark = {}, {}
    for number, source in enumerate(SOURCES):
        real = kept(work / f"patches-{source}.pickle", partial(of_source, cars, source))
        bank = scenes.stock(shapes, photos.joined([real, unlit]), classes)
        lit[source] = banks.made(work / f"lit-{source}", trunk, partial(scenes.lit, bank, background), LIT, 10 + number)
        dark[source] = banks.made(
            work / f"dark-{source}", trunk, partial(scenes.dark, bank, background), DARK, 20 + number
        )
    return drawn, lit, dark


def trunk_file(data: Path, work: Path) -> Path:
    """The trunk as a file of its own, which is quicker than in the training program."""
    place = work / "trunk.onnx"
    if not place.exists():
        example = torch.zeros(2, CROP_PX, CROP_PX, 3, dtype=torch.uint8)
        export(read_trunk(data / "backbones" / "efficientnet_lite0_features.onnx"), example, place, "features")
    return place


def export(network: torch.nn.Module, crops: torch.Tensor, place: Path, output: str) -> None:
    """The network as an ONNX file for any number of crops."""
    # The older exporter: it needs no further package, and these networks have nothing that it does not know.
    torch.onnx.export(
        network,
        (crops,),
        str(place),
        input_names=["crops"],
        output_names=[output],
        dynamic_axes={"crops": {0: "n"}, output: {0: "n"}},
        opset_version=17,
        dynamo=False,
    )


def of_source(cars: Path, source: str) -> photos.Patches:
    """Patches of the photos of one source."""
    return photos.patches([photo for photo in photos.read_photos(cars) if photo.source == source], [])


def grounds(cars: Path) -> list[Pixels]:
    """The unlit dashboards, at the size in which photos are searched."""
    files = sorted((cars / "images" / "_backgrounds").iterdir())
    return [shrink(decode(path.read_bytes()).pixels, LONGEST_PX) for path in files]


if __name__ == "__main__":
    main()
