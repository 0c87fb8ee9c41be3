"""What the dashboard model is taught on, made once and kept in the work folder, and the lessons that use it."""

import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import torch

from ml.dashboard import CROP_PX, LONGEST_PX
from ml.image import Pixels, decode, shrink
from ml.train.dashboard import banks, glyphs, marks, photos, scenes
from ml.train.dashboard.network import Seeing, read_trunk
from ml.train.dashboard.teach import Books, teach_first, teach_second

SEED = 2575
SOURCES = ("alirz", "trodo")
BOTH, APART = "alirz+trodo", "apart"
LESSONS = (*SOURCES, BOTH, APART)
"""The first two judge each other's photos; the third is the product's; the last is taught without some icons and
grounds, and judged on panels that show these."""
APART_ICONS, APART_GROUNDS = ("danit", "chen"), 2
"""Two sources of icons, and how many of the grounds, the last ones, are left out."""
APART_SHARE, APART_HASTE = 4, 2
"""The banks that the lesson apart has of its own are smaller by the first, and it has fewer steps by the second."""
DRAWN, MARKS, LIT, DARK = 48_000, 6_000, 5_000, 8_000
"""Crops in the banks: drawn lights and marks, and of each photo source lit and unlit places."""
FIRST_STEPS, SECOND_STEPS = 3000, 400
Thing = TypeVar("Thing")


def take(data: Path, work: Path, lesson: str) -> str:
    """Teaches both opinions of a lesson, or goes on where that was broken off; gives its name."""
    torch.set_num_threads(1)
    books = made_books(data, work, lesson)
    count, seed = len(class_names(data / "cars")), SEED + LESSONS.index(lesson)
    haste = APART_HASTE if lesson == APART else 1
    first = teach_first(books, count, FIRST_STEPS // haste, seed, work / f"lesson-{lesson}.pt")
    _, tail = read_trunk(trunk_file(data))
    teach_second(books, tail, first.head, count, SECOND_STEPS // haste, seed, work / f"second-{lesson}.pt")
    return lesson


def class_names(cars: Path) -> list[str]:
    """The data set's names, then `unknown` and `background`."""
    names = sorted(path.name for path in (cars / "images").iterdir() if path.is_dir() and not path.name.startswith("_"))
    return [*names, "unknown", "background"]


def kept(place: Path, make: Callable[[], Thing]) -> Thing:
    """Made once, then read from the work folder."""
    if not place.exists():
        place.write_bytes(pickle.dumps(make()))
    return cast("Thing", pickle.loads(place.read_bytes()))  # noqa: S301 - a cache that this program wrote


def made_books(data: Path, work: Path, lesson: str) -> Books:
    """Drawn lights and marks over grounds that no photo touched, and lit and unlit places of the lesson's sources."""
    cars, classes = data / "cars", class_names(data / "cars")
    background = classes.index("background")
    shapes, panels, end, share = all_shapes(cars, work), grounds(cars), "", 1
    if lesson == APART:
        shapes, panels = [g for g in shapes if g.source not in APART_ICONS], panels[:-APART_GROUNDS]
        end, share = f"-{APART}", APART_SHARE
    trunk = trunk_session_file(data, work)
    unlit = kept(work / f"patches-grounds{end}.pickle", lambda: photos.patches([], panels))
    bare = scenes.stock(shapes, unlit, classes)
    drawn = banks.made(work / f"drawn{end}", trunk, partial(scenes.drawn, bare, background), DRAWN // share, SEED)
    write = partial(marks.lit, bare, marks.masks(), background)
    written = banks.made(work / f"marks{end}", trunk, write, MARKS // share, 30)
    lit, dark = [], []
    for source in SOURCES if lesson == APART else lesson.split("+"):
        number = SOURCES.index(source)
        real = kept(work / f"patches-{source}.pickle", partial(of_source, cars, source))
        bank = scenes.stock(shapes, photos.joined([real, unlit]), classes)
        lit.append(banks.made(work / f"lit-{source}", trunk, partial(scenes.lit, bank, background), LIT, 10 + number))
        draw = partial(scenes.dark, bank, background)
        dark.append(banks.made(work / f"dark-{source}{end}", trunk, draw, DARK // share, 20 + number))
    return Books(drawn, written, banks.joined(lit), banks.joined(dark))


def all_shapes(cars: Path, work: Path) -> list[glyphs.Glyph]:
    """Every symbol of every source."""
    return kept(work / "glyphs.pickle", lambda: glyphs.read_glyphs(cars, frozenset(class_names(cars))))


def trunk_file(data: Path) -> Path:
    """The published features."""
    return data / "backbones" / "efficientnet_lite0_features.onnx"


def trunk_session_file(data: Path, work: Path) -> Path:
    """The trunk as a file of its own, early and late features, which is quicker than in the training program."""
    place = work / "trunk.onnx"
    if not place.exists():
        example = torch.zeros(2, CROP_PX, CROP_PX, 3, dtype=torch.uint8)
        export(Seeing(*read_trunk(trunk_file(data))), example, place, ["early", "late"])
    return place


def export(network: torch.nn.Module, crops: torch.Tensor, place: Path, outputs: list[str]) -> None:
    """The network as an ONNX file for any number of crops."""
    # The older exporter: it needs no further package, and these networks have nothing that it does not know.
    torch.onnx.export(
        network,
        (crops,),
        str(place),
        input_names=["crops"],
        output_names=outputs,
        dynamic_axes={name: {0: "n"} for name in ("crops", *outputs)},
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
