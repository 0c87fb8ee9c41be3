"""The model's card as text: what it knows, what touched it, how well it does and where it does not."""

from collections.abc import Callable
from pathlib import Path

from ml import model
from ml.train.dashboard import judging, teach

HEAD = """# The dashboard model: which warning lights are lit in a photo. Written by ml.train.dashboard.release.
name = "{name}"
version = {version}
classes = [{classes}]

[file]
sha256 = "{sha256}"
input = "crops: uint8 (n, 48, 48, 3), sRGB; a square around each candidate box, half as large again"
output = "logits (n, classes); a sieve inside keeps 96 candidates to be looked at closely, the rest is background"

[licence]
code = "Apache-2.0"
weights = "research only"
why = "taught on photos and icons of unstated or unconfirmed licence beside Apache-2.0 and MIT ones"

[data]
features = "EfficientNet-lite0 up to its eleventh block, frozen (Apache-2.0, taught on ImageNet by its makers)"
photos = "66 real photos with boxes of two sources (32 of Iranian cars; 34 of Turkish couriers, licence unconfirmed)"
icons = "Material Design Icons (Apache-2.0); 163 icons and renders of four sources, licences mostly unstated"
drawings = "93 symbols after ISO 2575 in three line widths, our own"
letters = "Roboto (Apache-2.0), Source Sans Pro, Hanken Grotesk, Manrope (OFL 1.1): US lettered lights, numbers"
grounds = "4 photos of unlit dashboards"

[limits]
known = [
    "Few cars: brake, battery, oil, check engine, seat belt and door come from photos, most others from drawings",
    "A class with few photos is reported, not promised; airbag was never seen lit in red",
    "White lights and text messages on screens are mostly not found",
    "The file was taught on both photo sources; the figures are those of two networks, each taught on one alone",
    "Thresholds were chosen on the same held-out photos that the figures come from: expect somewhat less elsewhere",
]
"""


def write_card(place: Path, card: model.Card, trials: dict[str, list[judging.Trial]], steps: int) -> None:
    """The card with the figures of every direction and of both together."""
    lines = [
        HEAD.format(
            name=card.name, version=card.version, sha256=card.sha256, classes=", ".join(f'"{c}"' for c in card.classes)
        ),
        "[training]",
        f"steps = {steps}",
        f"crops_per_step = {{ drawn = {teach.DRAWN}, lit = {teach.LIT}, unlit = {teach.DARK} }}",
        "",
        "[thresholds]",
        *(f"{label} = {value:.2f}" for label, value in sorted(card.thresholds.items())),
        "",
        "[decision]",
        *(f"{name} = {value}" for name, value in card.decision.items()),
    ]
    together = [trial for rows in trials.values() for trial in rows]
    for name, rows in [*((f"on_{source}_untaught", rows) for source, rows in trials.items()), ("both", together)]:
        lines += ["", f"[metrics.{name}]", *_figures(card, rows)]
    counts = judging.counted(card, together)
    lines += ["", "[metrics.by_class]", "# f1 with its 95 % interval, real lights"]
    lines += [_class_line(counts, label) for label in card.classes if _support(counts, label)]
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _figures(card: model.Card, trials: list[judging.Trial]) -> list[str]:
    counts = judging.counted(card, trials)
    crops = judging.crops_counted(card, trials)
    return [
        f"photos = {len(trials)}",
        _line("red_recall", counts, judging.red_recall),
        _line("false_reds_per_photo", counts, judging.red_false),
        _line("macro_f1_whole", counts, judging.macro_f1),
        _line("macro_f1_crops", crops, judging.macro_f1),
        f"calibration_error = {judging.calibration_error(counts):.3f}",
    ]


def _line(name: str, counts: list[judging.Counts], measure: Callable[[list[judging.Counts]], float]) -> str:
    low, high = judging.interval(counts, measure)
    return f"{name} = {{ value = {measure(counts):.3f}, low = {low:.3f}, high = {high:.3f} }}"


def _support(counts: list[judging.Counts], label: str) -> int:
    return sum(row.hits.get(label, 0) + row.misses.get(label, 0) for row in counts)


def _class_line(counts: list[judging.Counts], label: str) -> str:
    low, high = judging.interval(counts, lambda rows: judging.f1(rows, label))
    value, wrong = judging.f1(counts, label), sum(row.false.get(label, 0) for row in counts)
    return (
        f"{label} = {{ f1 = {value:.3f}, low = {low:.3f}, high = {high:.3f}, "
        f"lights = {_support(counts, label)}, false = {wrong} }}"
    )
