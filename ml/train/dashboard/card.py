"""The model's card as text: what it knows, what touched it, how well it does and where it does not."""

from collections.abc import Callable
from pathlib import Path

from ml import model
from ml.train.dashboard import judging
from ml.train.dashboard.lessons import FIRST_STEPS, SECOND_STEPS
from ml.train.dashboard.teach import FIRST, SECOND, Course

FEW = 5
"""Classes that fewer photos show are in the macro figures, and left out of those called `common`."""

HEAD = """# The dashboard model: which warning lights are lit in a photo. Written by ml.train.dashboard.release.
name = "{name}"
version = {version}
classes = [{classes}]

[file]
sha256 = "{sha256}"
input = "crops: uint8 (n, 48, 48, 3), sRGB; a square around each candidate box, half as large again"
output = "logits (n, classes): four opinions on the 160 candidates that a sieve inside lets pass; others: background"

[licence]
code = "Apache-2.0"
weights = "research only"
why = "taught on photos and icons of unstated or unconfirmed licence beside Apache-2.0 and MIT ones"

[data]
features = "EfficientNet-lite0 up to its eleventh block (Apache-2.0, taught on ImageNet by its makers)"
taught_further = "its last three blocks, in each of four opinions; the other blocks are as published"
photos = "66 real photos with boxes of two sources (32 of Iranian cars; 34 of Turkish couriers, licence unconfirmed)"
icons = "Material Design Icons (Apache-2.0); 163 icons and renders of four sources, licences mostly unstated"
icon_sets = "82 icons of 12 free sets (Apache-2.0, MIT, ISC, CC-BY-4.0): each is named in ml/train/dashboard/icons.toml"
drawings = "92 symbols after ISO 2575, 147 as other makers show them, 40 pairs of (!) and (P); our own"
letters = "Roboto (Apache-2.0), Source Sans Pro, Hanken Grotesk, Manrope (OFL 1.1): US lettered lights, numbers"
marks = "numbers of seven segments, our own, beside those in the fonts: lit in red and amber, and no lights"
grounds = "4 photos of unlit dashboards"
schools = "two opinions are taught on the symbols of ISO 2575 alone, two on all of them, bent and mirrored"

[limits]
known = [
    "Few cars: brake, battery, oil, check engine, seat belt and door come from photos, most others from drawings",
    "A class with few photos is reported, not promised; airbag was never seen lit in red",
    "White lights and text messages on screens are mostly not found",
    "The file was taught on both photo sources; the figures are those of two networks, each taught on one alone",
    "Temperature and level of the 90 % sets were chosen on the photos of the figures, but where their name says not",
    "Panels are rendered, of two icon sources and two grounds that their network, taught in haste, never saw",
    "The recipe was chosen while looking at errors on these photos: expect somewhat less elsewhere",
    "Six pairs of other seeds a school found 0.935 to 0.957 of the red lights (mean 0.943): expect no more than that",
    "They had 0.06 to 0.11 false red lights a photo (0.08), macro-F1 0.75 to 0.80 on whole photos (0.79)",
    "No gain beyond chance: larger sieves, 4 times the second steps, paler drawings, averaged weights, more candidates",
    "Mixing the styles of crops in teaching halves false red lights, but lowers macro-F1 of whole photos by 0.04",
    "Coolant and fuel symbols among a gauge's marks of their own colour are no lights: a true one there is missed",
    "Numbers and specks that are lit in red or amber are the commonest false lights",
    "(!) and (P) side by side are sometimes read as the parking brake; pale lights by day are the ones missed most",
]
"""


def write_card(place: Path, card: model.Card, verdicts: dict[str, judging.Verdict]) -> None:
    """The card with the figures of every verdict; those by class are of the one over `both` sources."""
    lines = [
        HEAD.format(
            name=card.name, version=card.version, sha256=card.sha256, classes=", ".join(f'"{c}"' for c in card.classes)
        ),
        "[training]",
        f"steps = {{ first = {FIRST_STEPS}, second = {SECOND_STEPS} }}",
        *(f"crops_per_step_{name} = {_crops(course)}" for name, course in (("first", FIRST), ("second", SECOND))),
        "",
        "[thresholds]",
        *(f"{label} = {value:.2f}" for label, value in sorted(card.thresholds.items())),
        "",
        "[decision]",
        *(f"{name} = {value}" for name, value in card.decision.items()),
    ]
    counts = verdicts["both"].whole
    common = frozenset(label for label in card.classes if _photos(counts, label) >= FEW)
    for name, verdict in verdicts.items():
        lines += ["", f"[metrics.{name}]", *_figures(verdict, common)]
    lines += ["", "[metrics.by_class]", "# f1 with its 95 % interval, real lights"]
    lines += [_class_line(counts, label) for label in card.classes if _support(counts, label)]
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _crops(course: Course) -> str:
    return f"{{ drawn = {course.drawn}, marks = {course.marks}, lit = {course.lit}, unlit = {course.dark} }}"


def _figures(verdict: judging.Verdict, common: frozenset[str]) -> list[str]:
    return [
        f"photos = {len(verdict.whole)}",
        _line("red_recall", verdict.whole, judging.red_recall),
        _line("false_reds_per_photo", verdict.whole, judging.red_false),
        _line("macro_f1_whole", verdict.whole, judging.macro_f1),
        _line("macro_f1_crops", verdict.crops, judging.macro_f1),
        _line("macro_f1_whole_common", verdict.whole, lambda rows: judging.common_f1(rows, common)),
        _line("macro_f1_crops_common", verdict.crops, lambda rows: judging.common_f1(rows, common)),
        _line("calibration_error", verdict.whole, judging.calibration_error),
        _line("coverage_of_90_percent_sets", verdict.sets, judging.coverage),
        f"names_a_set = {judging.names_a_set(verdict.sets):.2f}",
    ]


def _line(name: str, counts: list[judging.Row], measure: Callable[[list[judging.Row]], float]) -> str:
    low, high = judging.interval(counts, measure)
    return f"{name} = {{ value = {measure(counts):.3f}, low = {low:.3f}, high = {high:.3f} }}"


def _support(counts: list[judging.Counts], label: str) -> int:
    return sum(row.hits.get(label, 0) + row.misses.get(label, 0) for row in counts)


def _photos(counts: list[judging.Counts], label: str) -> int:
    return sum(bool(row.hits.get(label) or row.misses.get(label)) for row in counts)


def _class_line(counts: list[judging.Counts], label: str) -> str:
    low, high = judging.interval(counts, lambda rows: judging.f1(rows, label))
    value, wrong = judging.f1(counts, label), sum(row.false.get(label, 0) for row in counts)
    return (
        f"{label} = {{ f1 = {value:.3f}, low = {low:.3f}, high = {high:.3f}, "
        f"lights = {_support(counts, label)}, false = {wrong} }}"
    )
