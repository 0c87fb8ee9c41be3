"""Which warning lights are lit in a photo of a dashboard: where they are, what they are called, how sure that is."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml import gauges, lights, model
from ml.colours import colour_of
from ml.findings import NOT_SURE, NOTHING, UNKNOWN, Box, Finding, Kind, OnQuality, Quality, Reading
from ml.image import Pixels, decode, judge, shrink
from ml.patches import Boxes

LONGEST_PX = 1600
"""Photos are searched at this size: the smallest readable symbols are then about 10 px."""
CLOSE_UP_PX = (360, 110)
"""And at these, for pictures of a few lights or a single one, whose symbols fill much of the frame."""
CROP_PX, CROP_SHARE = 48, 1.5
"""What the model sees: the box and half as much again, so that a whole symbol is told from a part of one."""
MAX_CANDIDATES, MAX_CLOSE_UP = 600, 60
SINGLE_PX, SINGLE_SHAPE = 160, 2.5
"""A picture no larger, and no longer than this in its shape, shows one light: someone cut it out."""
SINGLE_SHARE = 0.55
"""Of such a picture's longer side; smaller candidates are parts of its symbol."""
FRAMES = (1.0, 0.87, 0.74, 0.62)
"""Shares of a close-up that its light may fill."""
MOST_AGAIN = 60
"""How many lights that were found are looked at once more."""
ON_GAUGES = ("coolant_temp", "low_fuel")
"""Every dashboard shows these symbols on its gauges too, backlit."""

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lights:
    """Named places before the decision: one row of `scores` (a probability a class of the card) a box."""

    boxes: Boxes
    scores: Scores
    is_single: bool = False
    """The picture shows one light alone: somebody has seen that it shines, and wants its name."""


def read(data: bytes, on_quality: OnQuality | None = None) -> Reading:
    """The lights in a picture file.

    Raises: MediaError - and its kinds, as `ml.image.decode` tells them.
    """
    picture = decode(data)
    warm = model.load("dashboard")
    quality = judge(picture)
    if on_quality is not None:
        on_quality(quality)
    found = decide(warm.card, look(warm, picture.pixels), quality)
    findings = tuple(
        finding if finding.box is None else replace(finding, colour=colour_of(picture.pixels, finding.box))
        for finding in found
    )
    return Reading(Kind.DASHBOARD, quality, findings, warm.card.title)


def look(warm: model.Model, pixels: Pixels) -> Lights:
    """Every place that the model does not take for background, overlapping ones brought together."""
    small = shrink(pixels, LONGEST_PX)
    boxes, cut = places(small)
    found = Lights(boxes, _scores(warm, cut), is_single(small))
    if found.is_single:
        found = one(found, warm.card)
    else:
        found = off_gauges(warm.card, small, looked_again(warm, small, together(found, warm.card)))
    scores = calibrated(found.scores, warm.card.decision["temperature"])
    return replace(found, boxes=found.boxes * np.float32(pixels.shape[1] / small.shape[1]), scores=scores)


def _scores(warm: model.Model, cut: NDArray[np.uint8]) -> Scores:
    if not len(cut):
        return np.zeros((0, len(warm.card.classes)), dtype=np.float32)
    return weighed(probabilities(warm.run(crops=cut)[0]), warm.card)


def looked_again(warm: model.Model, pixels: Pixels, found: Lights) -> Lights:
    """The same lights, named by the search and by a closer and a wider look at each, which count alike.

    These two are far apart: what only looks like a light seldom keeps its name in both.
    """
    surest, scores = found.boxes[:MOST_AGAIN], found.scores.copy()
    if not len(surest):
        return found
    middle, reach = (surest[:, :2] + surest[:, 2:]) / 2, (surest[:, 2:] - surest[:, :2]) / 2
    sizes = [np.float32(warm.card.decision[look]) for look in ("closer", "wider")]
    frames = [np.concatenate([middle - reach * size, middle + reach * size], axis=1) for size in sizes]
    seen = _scores(warm, crops(pixels, np.concatenate(frames))).reshape(len(sizes), len(surest), -1)
    scores[: len(surest)] = (scores[: len(surest)] + seen.sum(axis=0)) / (1 + len(sizes))
    return replace(found, scores=scores)


def off_gauges(card: model.Card, pixels: Pixels, found: Lights) -> Lights:
    """The same lights; symbols that a gauge shows among its marks, lit as these are, become background."""
    background, scores = card.classes.index("background"), found.scores.copy()
    lit = found.scores[:, background] < 0.5
    for row in np.flatnonzero(lit):
        if named(card, found.scores[row])[0] not in ON_GAUGES:
            continue
        lamps = found.boxes[lit & (np.arange(len(lit)) != row)]
        if gauges.scale_around(pixels, found.boxes[row], lamps) > card.decision["scale"]:
            scores[row] = np.arange(len(card.classes)) == background
    return replace(found, scores=scores)


def weighed(scores: Scores, card: model.Card) -> Scores:
    """With `unknown` as rare as it is: it was taught on all that people could not read, which is seldom nameless."""
    rare = np.ones(len(card.classes), dtype=np.float32)
    rare[card.classes.index(UNKNOWN)] = card.decision["unknown"]
    return np.asarray(scores * rare / (scores * rare).sum(axis=1, keepdims=True), dtype=np.float32)


def is_single(pixels: Pixels) -> bool:
    """Whether somebody cut one light out of a photo, or took a picture of a single one."""
    height, width = pixels.shape[:2]
    return bool(max(height, width) <= min(SINGLE_PX, SINGLE_SHAPE * min(height, width)))


def places(pixels: Pixels) -> tuple[Boxes, NDArray[np.uint8]]:
    """Candidate boxes in the picture's own pixels, and what the model is shown of each."""
    boxes: list[Boxes] = []
    cut: list[NDArray[np.uint8]] = []
    for longest in (LONGEST_PX, *CLOSE_UP_PX):
        if longest < LONGEST_PX and max(pixels.shape[:2]) <= longest:
            continue
        small = shrink(pixels, longest)
        found = _candidates(small)
        boxes.append(found * np.float32(pixels.shape[1] / small.shape[1]))
        cut.append(crops(small, found))
    return np.concatenate(boxes), np.concatenate(cut)


def _candidates(pixels: Pixels) -> Boxes:
    if max(pixels.shape[:2]) > CLOSE_UP_PX[0]:
        return lights.candidates(pixels, MAX_CANDIDATES)
    found = lights.candidates(pixels, MAX_CLOSE_UP, 1.0)
    if is_single(pixels):
        found = found[(found[:, 2:] - found[:, :2]).max(axis=1) >= SINGLE_SHARE * max(pixels.shape[:2])]
    return np.concatenate([found, _frames(pixels)])


def _frames(pixels: Pixels) -> Boxes:
    """The middle of the picture at several sizes: someone who photographs one light puts it there."""
    size = np.array(pixels.shape[1::-1], dtype=np.float32)
    return np.stack([np.concatenate([size * (1 - share), size * (1 + share)]) / 2 for share in FRAMES])


def one(found: Lights, card: model.Card) -> Lights:
    """The light of a picture that shows a single one: the place that is named most surely."""
    background = card.classes.index("background")
    nameable = np.delete(np.arange(len(card.classes)), [background, card.classes.index(UNKNOWN)])
    best = [int(found.scores[:, nameable].max(axis=1).argmax())]
    scores = found.scores[best]
    scores[:, background] *= card.decision["single"]
    return Lights(found.boxes[best], scores / scores.sum(axis=1, keepdims=True), is_single=True)


def crops(
    pixels: Pixels,
    boxes: Boxes,
    side_px: int = CROP_PX,
    share: float = CROP_SHARE,
    resampling: Image.Resampling = Image.Resampling.BILINEAR,
) -> NDArray[np.uint8]:
    """Squares around boxes, all of one size; the edge of the picture goes on outwards."""
    cut = np.zeros((len(boxes), side_px, side_px, 3), dtype=np.uint8)
    margin = _overhang(pixels, boxes, share)
    image = Image.fromarray(np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="edge"))
    for row, (left, top, right, bottom) in enumerate((boxes + margin).tolist()):
        reach = max(right - left, bottom - top) * share / 2
        x, y = (left + right) / 2, (top + bottom) / 2
        square = (round(x - reach), round(y - reach), round(x + reach) + 1, round(y + reach) + 1)
        cut[row] = np.asarray(image.crop(square).resize((side_px, side_px), resampling))
    return cut


def _overhang(pixels: Pixels, boxes: Boxes, share: float) -> int:
    """By how many pixels the squares reach out of the picture at most."""
    if not len(boxes):
        return 0
    reach = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) * share / 2
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    size = np.array(pixels.shape[1::-1], dtype=np.float32)
    return max(0, int(np.ceil(np.maximum(reach - middle, middle + reach - size).max())) + 2)


def probabilities(logits: NDArray[np.float32]) -> Scores:
    """Rows that sum to one."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def calibrated(scores: Scores, temperature: float) -> Scores:
    """Probabilities made as sure as they are right: surer below a temperature of one, less sure above."""
    return probabilities(np.log(scores + np.float32(1e-7)) / np.float32(temperature))


def together(found: Lights, card: model.Card) -> Lights:
    """One row a light: the opinion of the best framed candidates, and the box that those of its name agree on."""
    background = card.classes.index("background")
    lit = 1 - found.scores[:, background]
    order = np.argsort(-(lit * found.scores.max(axis=1, initial=0)), kind="stable")
    order = order[lit[order] >= card.decision["lit"]]
    boxes, scores = found.boxes[order], found.scores[order]
    chances = np.delete(scores, background, axis=1)
    names = chances.argmax(axis=1)
    taken = np.zeros(len(order), dtype=bool)
    kept, opinions = [], []
    for row in range(len(order)):
        if taken[row]:
            continue
        shared, inside = lights.overlaps(boxes[row : row + 1], boxes)[0], _inside(boxes[row], boxes)
        alike = np.flatnonzero(shared >= card.decision["alike"])[: int(card.decision["opinions"])]
        agree = (shared >= card.decision["agree"]) & (names == names[row]) & ~taken
        # Sure candidates frame a light best, but now and then without its glow or its brackets.
        kept.append(np.average(boxes[agree], axis=0, weights=chances[agree, names[row]] ** 3))
        opinions.append(scores[alike].mean(axis=0))
        taken |= (shared >= card.decision["overlap"]) | (inside >= card.decision["inside"])
    if not kept:
        return Lights(boxes[:0], scores[:0])
    return Lights(np.stack(kept).astype(np.float32), np.stack(opinions))


def _inside(box: NDArray[np.float32], others: Boxes) -> NDArray[np.float32]:
    """The share of the smaller box that lies within the other one."""
    corner, opposite = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.clip(opposite - corner, 0, None), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    return np.asarray(shared / np.maximum(np.minimum(areas, np.prod(box[2:] - box[:2])), 1e-6), dtype=np.float32)


def decide(card: model.Card, found: Lights, quality: Quality) -> tuple[Finding, ...]:
    """The findings: what is surely lit; else doubt and the guesses; else that nothing is lit."""
    sure, guesses = [], []
    for box, scores in zip(found.boxes, found.scores, strict=True):
        place = Box(*(float(side) for side in box))
        label, confidence = named(card, scores)
        if confidence >= (card.decision["single_claim"] if found.is_single else card.thresholds[label]):
            sure.append(Finding(label, confidence, place))
        elif 1 - scores[card.classes.index("background")] >= card.thresholds[UNKNOWN]:
            sure.append(Finding(UNKNOWN, float(1 - scores[card.classes.index("background")]), place))
        elif confidence >= card.decision["guess"]:
            guesses += [Finding(name, chance, place) for name, chance in likely(card, scores)]
    sure.sort(key=lambda finding: -finding.confidence)
    guesses.sort(key=lambda finding: -finding.confidence)
    if sure:
        return tuple(sure)
    doubt = max((guess.confidence for guess in guesses), default=0.0)
    if guesses or not quality.is_good:
        return (Finding(NOT_SURE, 1 - doubt), *guesses[:3])
    return (Finding(NOTHING, 1 - doubt),)


def named(card: model.Card, scores: Scores) -> tuple[str, float]:
    """The likeliest name that is not background, and its probability."""
    return max(_names(card, scores), key=_by_chance)


def likely(card: model.Card, scores: Scores) -> list[tuple[str, float]]:
    """The 90 % set: names that are as likely as the true ones of nine lights in ten are, and always the likeliest."""
    best, *others = sorted(_names(card, scores), key=_by_chance, reverse=True)
    return [best, *(name for name in others if name[1] >= card.decision["conformal_90"])]


def _names(card: model.Card, scores: Scores) -> list[tuple[str, float]]:
    pairs = zip(card.classes, scores, strict=True)
    return [(label, float(score)) for label, score in pairs if label != "background"]


def _by_chance(name: tuple[str, float]) -> tuple[float, str]:
    label, chance = name
    return chance, label
