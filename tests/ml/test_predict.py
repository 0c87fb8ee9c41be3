"""One JSON line a file, whatever is in it."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from ml import image, predict
from monitor.errors import MediaTooSmall


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def code_of(answer: dict[str, object]) -> str:
    assert answer["kind"] is answer["quality"] is answer["model"] is None
    assert answer["findings"] == []
    error = answer["error"]
    assert isinstance(error, dict)
    assert error["detail"]
    return str(error["code"])


def test_every_bad_file_gets_its_line_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("no picture")
    photo = io.BytesIO()
    Image.effect_noise((200, 200), 50).save(photo, "JPEG")
    (tmp_path / "half.jpg").write_bytes(photo.getvalue()[:2000])
    files = [str(tmp_path / name) for name in ("missing.jpg", "empty.jpg", "text.jpg", "half.jpg", ".")]

    assert predict.main(files) == 0

    answers = lines(capsys)
    assert [answer["file"] for answer in answers] == files
    assert [code_of(answer) for answer in answers] == [
        "file_missing",
        "media_empty",
        "media_unknown",
        "media_truncated",
        "not_a_file",
    ]
    assert all(isinstance(answer["ms"], float) for answer in answers)


def test_file_over_the_limit_is_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "MAX_BYTES", 10)
    (tmp_path / "large.jpg").write_bytes(bytes(11))

    predict.main([str(tmp_path / "large.jpg")])

    assert code_of(lines(capsys)[0]) == "media_too_large"


def test_picture_that_unpacks_to_too_much_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("1", (30_000, 30_000)).save(tmp_path / "bomb.png")

    predict.main([str(tmp_path / "bomb.png")])

    assert code_of(lines(capsys)[0]) == "media_too_large"


def test_picture_too_small_is_refused_with_the_bound_and_its_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (40, image.MIN_SIDE - 1)).save(tmp_path / "tiny.png")

    predict.main([str(tmp_path / "tiny.png")])

    (answer,) = lines(capsys)
    assert code_of(answer) == "media_too_small"
    assert answer["error"] == {
        "code": "media_too_small",
        "detail": f"40 x {image.MIN_SIDE - 1} pixels; pictures under {image.MIN_SIDE} a side are not read",
    }
    assert f" {image.MIN_SIDE} pixels " in MediaTooSmall().title


def test_name_with_a_null_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    predict.main(["a\0b"])

    assert code_of(lines(capsys)[0]).startswith("file_")
