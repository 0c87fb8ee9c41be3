"""What the dashboard model is taught on, made once and kept in the work folder, and the lessons that use it."""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
SCHOOLS = ("plain", "varied")
"""One teaches symbols as ISO 2575 shows them, the other all that are in use, bent and mirrored. Each finds what the
other misses: macro-F1 of single lights across sources is 0.90 with both, and was 0.83 and 0.85 with one."""
PUPILS = 2
"""Of each school, from the same books and other random numbers: what one invents the other often does not. Over six
pairs of seeds macro-F1 of whole photos is 0.79 where it was 0.77 with one, at as many red lights found and invented."""
TASKS = tuple((lesson, school, pupil) for pupil in range(PUPILS) for school in reversed(SCHOOLS) for lesson in LESSONS)
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Shelf:
    """A bank that is to be made: its folder's name, and how."""

    name: str
    draw: banks.Draw
    count: int
    seed: int


def prepare(data: Path, work: Path, source: str) -> None:
    """Keeps the patches of one source of photos."""
    torch.set_num_threads(1)
    kept(work / f"patches-{source}.pickle", partial(of_source, data / "cars", source))


def draw(data: Path, work: Path, turn: int, turns: int) -> None:
    """Every `turns`-th piece of all banks: each comes out the same whoever makes it."""
    torch.set_num_threads(1)
    trunk = trunk_session_file(data, work)
    for lesson in (BOTH, APART):
        for shelf in shelves(data, work, lesson):
            banks.make(work / shelf.name, trunk, shelf.draw, shelf.count, shelf.seed, turn, turns)


def take(data: Path, work: Path, task: tuple[str, str, int]) -> str:
    """Teaches the two opinions of a pupil in a lesson, or goes on where that was broken off; gives their name."""
    torch.set_num_threads(1)
    lesson, school, pupil = task
    books = read_books(work, lesson, school)
    count, seed = len(class_names(data / "cars")), SEED + TASKS.index(task)
    haste = APART_HASTE if lesson == APART else 1
    first = teach_first(books, count, FIRST_STEPS // haste, seed, opinion_file(work, lesson, school, pupil, "first"))
    _, tail = read_trunk(trunk_file(data))
    place = opinion_file(work, lesson, school, pupil, "second")
    teach_second(books, tail, first.head, count, SECOND_STEPS // haste, seed, place)
    return f"{lesson} {school} {pupil}"


def opinion_file(work: Path, lesson: str, school: str, pupil: int, name: str) -> Path:
    """Where the first or second opinion of a pupil is kept."""
    return work / f"{name}-{school}-{pupil}-{lesson}.pt"


def class_names(cars: Path) -> list[str]:
    """The data set's names, then `unknown` and `background`."""
    names = sorted(path.name for path in (cars / "images").iterdir() if path.is_dir() and not path.name.startswith("_"))
    return [*names, "unknown", "background"]


def kept(place: Path, make: Callable[[], Thing]) -> Thing:
    """Made once, then read from the work folder."""
    if not place.exists():
        part = place.with_suffix(".part")
        part.write_bytes(pickle.dumps(make()))
        part.replace(place)
    return cast("Thing", pickle.loads(place.read_bytes()))  # noqa: S301 - a cache that this program wrote


def shelves(data: Path, work: Path, lesson: str) -> Iterator[Shelf]:
    """Drawn lights and marks over grounds that no photo touched, and lit and unlit places of all sources."""
    cars = data / "cars"
    background = class_names(cars).index("background")
    stock = partial(school_stock, cars, work, lesson)
    unlit, end, share = unlit_patches(cars, work, lesson), "", 1
    if lesson == APART:
        end, share = f"-{APART}", APART_SHARE
    for school in SCHOOLS:
        bare = stock(school, unlit)
        yield Shelf(f"drawn-{school}{end}", partial(scenes.drawn, bare, background), DRAWN // share, SEED)
    yield Shelf(f"marks{end}", partial(marks.lit, bare, marks.masks(), background), MARKS // share, 30)
    for number, source in enumerate(SOURCES):
        real = photos.joined([kept(work / f"patches-{source}.pickle", partial(of_source, cars, source)), unlit])
        for school in SCHOOLS:
            bank = stock(school, real)
            if lesson != APART:
                yield Shelf(f"lit-{school}-{source}", partial(scenes.lit, bank, background), LIT, 10 + number)
        yield Shelf(f"dark-{source}{end}", partial(scenes.dark, bank, background), DARK // share, 20 + number)


def school_stock(cars: Path, work: Path, lesson: str, school: str, real: photos.Patches) -> scenes.Stock:
    """What a school draws from, for the lesson apart without some sources of icons."""
    left_out = APART_ICONS if lesson == APART else ()
    is_varied = school == "varied"
    shapes = [
        shape
        for shape in all_shapes(cars, work)
        if shape.source not in left_out and (is_varied or shape.source in glyphs.PLAIN)
    ]
    return scenes.stock(shapes, real, class_names(cars), is_varied=is_varied)


def read_books(work: Path, lesson: str, school: str) -> Books:
    """What a lesson learns from; the one apart has the lit places of both sources, which hold none of its icons."""
    sources, end = (SOURCES, f"-{APART}") if lesson == APART else (lesson.split("+"), "")
    return Books(
        banks.read(work / f"drawn-{school}{end}"),
        banks.read(work / f"marks{end}"),
        banks.joined([banks.read(work / f"lit-{school}-{source}") for source in sources]),
        banks.joined([banks.read(work / f"dark-{source}{end}") for source in sources]),
    )


def unlit_patches(cars: Path, work: Path, lesson: str) -> photos.Patches:
    """Patches of the unlit dashboards, for the lesson apart without the last of these."""
    if lesson == APART:
        return kept(
            work / f"patches-grounds-{APART}.pickle", lambda: photos.patches([], grounds(cars)[:-APART_GROUNDS])
        )
    return kept(work / "patches-grounds.pickle", lambda: photos.patches([], grounds(cars)))


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
