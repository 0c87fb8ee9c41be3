"""`python -m ml.train.dashboard.golden`: test pictures drawn from Apache-2.0 icons, and what the model answers."""

import argparse
import io
import json
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image, ImageFilter

from ml import predict

SCENES = {
    "five_lamps": (
        ("car-brake-alert", (235, 20, 20)),
        ("car-battery", (235, 20, 20)),
        ("oil", (235, 20, 20)),
        ("engine-outline", (250, 160, 20)),
        ("car-light-dimmed", (20, 220, 60)),
    ),
    "battery_alone": (("car-battery", (235, 20, 20)),),
    "nothing_lit": (),
}
LAMP_PX = 44
CUT_OUT = {"battery_cut": (123, 204, 173, 240), "engine_cut": (292, 196, 348, 248)}
"""Single lights cut out of the five: tightly, and with a little room."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ml.train.dashboard.golden", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.into.mkdir(parents=True, exist_ok=True)
    pictures = {name: drawn(chosen.data / "cars" / "icons_svg", lamps) for name, lamps in SCENES.items()}
    pictures |= {name: pictures["five_lamps"].crop(box) for name, box in CUT_OUT.items()}
    answers = {}
    for name, picture in pictures.items():
        file = chosen.into / f"{name}.png"
        picture.save(file)
        answer = predict.line(str(file))
        answers[file.name] = {key: answer[key] for key in ("kind", "quality", "findings", "model")}
    text = json.dumps(answers, indent=1) + "\n"
    (chosen.into / "answers.json").write_text(text, encoding="utf-8")


def drawn(icons: Path, lamps: tuple[tuple[str, tuple[int, int, int]], ...]) -> Image.Image:
    """A dark panel with two dials and these lamps in a row, each with its glow."""
    light = np.zeros((320, 480, 3), dtype=np.float32)
    for place, (name, colour) in enumerate(lamps):
        text = (icons / f"mdi__{name}.svg").read_text(encoding="utf-8")
        png = bytes(resvg_py.svg_to_bytes(svg_string=text, width=LAMP_PX, height=LAMP_PX))
        mask = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), dtype=np.float32)[..., 3:] / 255
        left = 40 + place * 86
        light[200 : 200 + LAMP_PX, left : left + LAMP_PX] += mask * np.array(colour, dtype=np.float32)
    sharp = Image.fromarray(light.clip(0, 255).astype(np.uint8))
    glow = np.asarray(sharp.filter(ImageFilter.GaussianBlur(6)), dtype=np.float32)
    core = np.asarray(sharp.filter(ImageFilter.GaussianBlur(0.8)), dtype=np.float32)
    return Image.fromarray((_panel() + core + 0.5 * glow).clip(0, 255).astype(np.uint8))


def _panel() -> np.ndarray:
    """Grey-blue ground and two rings of white marks."""
    y, x = np.mgrid[0:320, 0:480].astype(np.float32)
    panel = np.stack([26 + y / 40, 27 + y / 40, 31 + y / 40], axis=2)
    for middle in (120, 360):
        reach, angle = np.hypot(x - middle, y - 100), np.arctan2(y - 100, x - middle)
        panel[(abs(reach - 74) < 6) & (np.cos(angle * 20) > 0.9)] = 190
    return panel


if __name__ == "__main__":
    main()
