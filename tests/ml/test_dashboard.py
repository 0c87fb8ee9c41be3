"""The dashboard model answers as it did when it was released, wherever and however a picture is read."""

import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml import dashboard, model, predict
from ml.findings import NOT_SURE, NOTHING, UNKNOWN, Box, Finding, Kind, Quality

GOLDEN = Path(__file__).parent / "golden" / "dashboard"
ANSWERS = json.loads((GOLDEN / "answers.json").read_text(encoding="utf-8"))
GOOD = Quality((), ())
POOR = Quality(("blurred",), ())


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_golden_picture_is_answered_as_at_release(name: str) -> None:
    answer = json.loads(json.dumps(predict.line(str(GOLDEN / name))))

    expected = ANSWERS[name]
    assert answer["kind"] == "dashboard"
    assert answer["model"] == expected["model"]
    assert answer["quality"]["problems"] == expected["quality"]["problems"]
    assert [found["label"] for found in answer["findings"]] == [found["label"] for found in expected["findings"]]
    for found, known in zip(answer["findings"], expected["findings"], strict=True):
        assert found["confidence"] == pytest.approx(known["confidence"], abs=0.02)
        assert found["box"] == (None if known["box"] is None else pytest.approx(known["box"], abs=2))


def test_model_is_the_file_of_its_card_and_small() -> None:
    content = (model.MODELS / "dashboard" / "model.onnx").read_bytes()

    assert hashlib.sha256(content).hexdigest() == model.read_card(model.MODELS / "dashboard").sha256
    assert len(content) < 15_000_000


def test_other_file_than_the_cards_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "swapped").mkdir()
    (tmp_path / "swapped" / "card.toml").write_bytes((model.MODELS / "dashboard" / "card.toml").read_bytes())
    (tmp_path / "swapped" / "model.onnx").write_bytes(b"another file")
    monkeypatch.setattr(model, "MODELS", tmp_path)

    with pytest.raises(model.ModelDamaged):
        model.load("swapped")


def test_boxes_are_in_pixels_of_the_picture_as_shown() -> None:
    """The same picture turned by EXIF gives the same boxes."""
    upright = Image.open(GOLDEN / "five_lamps.png").convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(turned, "PNG", exif=exif)

    straight = dashboard.read((GOLDEN / "five_lamps.png").read_bytes())

    assert dashboard.read(turned.getvalue()).findings == straight.findings


@pytest.mark.parametrize("shape", [(12, 12), (13, 700), (40, 40), (359, 361), (2000, 1500)])
def test_picture_of_any_shape_gets_a_finding(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(5).integers(0, 255, (*shape, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")

    reading = dashboard.read(data.getvalue())

    assert reading.kind is Kind.DASHBOARD
    assert reading.findings


def card() -> model.Card:
    return model.Card(
        name="tried",
        version=1,
        licence_of_weights="",
        sha256="",
        classes=("brake", "battery", "unknown", "background"),
        thresholds={"brake": 0.5, "battery": 0.5, "unknown": 0.8},
        decision={
            "lit": 0.3,
            "alike": 0.6,
            "opinions": 2,
            "agree": 0.4,
            "overlap": 0.25,
            "inside": 0.7,
            "guess": 0.3,
            "temperature": 1.0,
            "scale": 2.0,
            "unknown": 0.1,
            "single": 0.1,
            "single_claim": 0.35,
            "conformal_90": 0.25,
        },
    )


def found(*scores: tuple[float, float, float, float]) -> dashboard.Lights:
    boxes = [(20.0 * row, 0.0, 20.0 * row + 10, 10.0) for row in range(len(scores))]
    return dashboard.Lights(
        np.array(boxes, dtype=np.float32).reshape(-1, 4), np.array(scores, dtype=np.float32).reshape(-1, 4)
    )


def labels(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.label for finding in findings]


def test_findings_come_by_falling_confidence_with_their_boxes() -> None:
    findings = dashboard.decide(card(), found((0.6, 0.1, 0.1, 0.2), (0.05, 0.9, 0.03, 0.02)), GOOD)

    assert labels(findings) == ["battery", "brake"]
    assert findings[0].box == Box(20, 0, 30, 10)


def test_lit_but_not_nameable_is_unknown() -> None:
    assert labels(dashboard.decide(card(), found((0.4, 0.3, 0.25, 0.05)), GOOD)) == [UNKNOWN]


def test_doubt_comes_first_and_its_guesses_after() -> None:
    assert labels(dashboard.decide(card(), found((0.45, 0.05, 0.0, 0.5)), GOOD)) == [NOT_SURE, "brake"]


def test_guesses_are_the_names_of_the_90_percent_set() -> None:
    findings = dashboard.decide(card(), found((0.28, 0.45, 0.0, 0.27)), GOOD)

    assert labels(findings) == [NOT_SURE, "battery", "brake"]
    assert findings[1].box == findings[2].box


def test_set_holds_the_likeliest_name_however_unlikely() -> None:
    assert dashboard.likely(card(), np.array([0.2, 0.1, 0.0, 0.7], dtype=np.float32)) == [("brake", pytest.approx(0.2))]


def test_nothing_lit_is_one_finding_without_a_box() -> None:
    findings = dashboard.decide(card(), found(), GOOD)

    assert labels(findings) == [NOTHING]
    assert findings[0].box is None


def test_nothing_seen_in_a_poor_picture_is_doubt_and_no_all_clear() -> None:
    assert labels(dashboard.decide(card(), found(), POOR)) == [NOT_SURE]


def test_candidates_on_one_lamp_are_one_finding() -> None:
    boxes = np.array([[0, 0, 20, 20], [0, 0, 20, 22], [3, 3, 9, 9], [100, 0, 120, 20]], dtype=np.float32)
    scores = np.array([[0.9, 0, 0, 0.1], [0.7, 0.1, 0, 0.2], [0.5, 0, 0, 0.5], [0, 0.8, 0, 0.2]], dtype=np.float32)

    together = dashboard.together(dashboard.Lights(boxes, scores), card())

    assert together.boxes[:, 0].tolist() == [0, 100]
    assert together.scores[:, :2].max(axis=1).tolist() == pytest.approx([0.8, 0.8])


def test_box_of_a_lamp_lies_between_those_of_its_name() -> None:
    """A candidate without the glow is surest; the others say how far the lamp reaches."""
    boxes = np.array([[0, 0, 20, 20], [-4, -4, 24, 24], [-4, -4, 24, 24]], dtype=np.float32)
    scores = np.array([[0.8, 0, 0, 0.2], [0.4, 0, 0, 0.6], [0, 0.7, 0, 0.3]], dtype=np.float32)

    together = dashboard.together(dashboard.Lights(boxes, scores), card())

    assert together.boxes[0].tolist() == pytest.approx([-4 / 9, -4 / 9, 20 + 4 / 9, 20 + 4 / 9])


def test_only_the_surest_candidates_of_a_lamp_are_heard() -> None:
    boxes = np.array([[0, 0, 20, 20], [0, 0, 20, 21], [0, 0, 20, 22]], dtype=np.float32)
    scores = np.array([[0.9, 0, 0, 0.1], [0.7, 0, 0, 0.3], [0.3, 0, 0, 0.7]], dtype=np.float32)

    together = dashboard.together(dashboard.Lights(boxes, scores), card())

    assert together.scores[:, 0].tolist() == pytest.approx([0.8])


def test_boxes_of_a_large_photo_are_in_its_own_pixels() -> None:
    small = Image.open(GOLDEN / "five_lamps.png").convert("RGB")
    large = np.asarray(small.resize((small.width * 5, small.height * 5), Image.Resampling.BICUBIC))

    seen = dashboard.look(model.load("dashboard"), large)

    assert seen.boxes[:, 2].max() > dashboard.LONGEST_PX


def test_only_so_many_lights_are_looked_at_again() -> None:
    warm, pixels = model.load("dashboard"), np.asarray(Image.open(GOLDEN / "five_lamps.png").convert("RGB"))
    boxes = np.tile(np.array([[123, 204, 173, 240]], dtype=np.float32), (dashboard.MOST_AGAIN + 1, 1))
    unsure = np.full((len(boxes), len(warm.card.classes)), 1 / len(warm.card.classes), dtype=np.float32)

    again = dashboard.looked_again(warm, pixels, dashboard.Lights(boxes, unsure))

    assert dashboard.named(warm.card, again.scores[0])[0] == "battery"
    assert again.scores.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert (again.scores[-1] == unsure[-1]).all()


@pytest.mark.parametrize(
    ("name", "marks", "is_light"),
    [("low_fuel", (200, 10, 10), False), ("low_fuel", (200, 200, 200), True), ("brake", (200, 10, 10), True)],
)
def test_symbol_among_a_gauges_marks_of_its_colour_is_no_light(
    name: str, marks: tuple[int, int, int], is_light: bool
) -> None:
    pixels = np.zeros((200, 200, 3), dtype=np.uint8)
    pixels[90:110, 90:110] = (200, 10, 10)
    pixels[60:70, 60:140] = pixels[130:140, 60:140] = marks
    lights = dashboard.Lights(np.array([[90, 90, 110, 110]], dtype=np.float32), found((0.9, 0, 0, 0.1)).scores)

    seen = dashboard.off_gauges(replace(card(), classes=(name, "battery", "unknown", "background")), pixels, lights)

    assert seen.scores[0].tolist() == (pytest.approx([0.9, 0, 0, 0.1]) if is_light else [0, 0, 0, 1])


@pytest.mark.parametrize("shape", [(30, 40), (24, 58), (160, 160)])
def test_picture_of_a_few_dozen_pixels_shows_one_light(shape: tuple[int, int]) -> None:
    assert dashboard.is_single(np.zeros((*shape, 3), dtype=np.uint8))


@pytest.mark.parametrize("shape", [(480, 720), (20, 140), (161, 161)])
def test_photo_or_strip_may_show_several_lights(shape: tuple[int, int]) -> None:
    assert not dashboard.is_single(np.zeros((*shape, 3), dtype=np.uint8))


def test_single_light_is_the_surest_name_and_hardly_background() -> None:
    alone = dashboard.one(found((0.3, 0.2, 0.4, 0.1), (0.45, 0.05, 0.0, 0.5)), card())

    assert alone.boxes.tolist() == [[20, 0, 30, 10]]
    assert alone.scores[0].tolist() == pytest.approx([0.45 / 0.55, 0.05 / 0.55, 0.0, 0.05 / 0.55])


def test_single_light_is_named_where_the_same_in_a_photo_would_be_doubted() -> None:
    scores = found((0.4, 0.1, 0.05, 0.45))

    assert labels(dashboard.decide(card(), scores, GOOD)) == [NOT_SURE, "brake"]
    assert labels(dashboard.decide(card(), replace(scores, is_single=True), GOOD)) == ["brake"]


def test_unknown_is_weighed_as_rare() -> None:
    weighed = dashboard.weighed(np.array([[0.3, 0.1, 0.5, 0.1]], dtype=np.float32), card())

    assert weighed[0].tolist() == pytest.approx([0.3 / 0.55, 0.1 / 0.55, 0.05 / 0.55, 0.1 / 0.55])


def test_crop_at_the_edge_goes_on_with_the_edges_colour() -> None:
    pixels = np.full((40, 40, 3), 90, dtype=np.uint8)

    cut = dashboard.crops(pixels, np.array([[0, 0, 40, 30]], dtype=np.float32))

    assert (cut == 90).all()
