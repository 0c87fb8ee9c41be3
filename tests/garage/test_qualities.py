"""Every problem that a reader can find in a file has words and advice in both languages."""

import re
from pathlib import Path

import ml.audio
import ml.image
from ml import findings
from monitor.garage import qualities


def test_every_problem_of_the_readers_has_its_words() -> None:
    image, audio = (Path(module.__file__).read_text() for module in (ml.image, ml.audio))
    in_pictures = re.findall(r'problems\.append\("(\w+)"\)', image)
    in_sounds = re.findall(r'^ {8}"(\w+)": ', audio, re.MULTILINE)
    assert len(in_pictures) >= 5
    assert len(in_sounds) >= 5

    assert {*in_pictures, *in_sounds} <= set(qualities.ADVICE)
    for said in qualities.ADVICE.values():
        assert all((said.text.en, said.text.fr, said.advice.en, said.advice.fr))
        assert said.text.en != said.text.fr


def test_quality_comes_back_from_the_database_as_it_was() -> None:
    quality = findings.Quality(
        ("glare", "blurred"), (findings.Measure("width_px", 720), findings.Measure("format", None))
    )

    assert qualities.read(qualities.kept(quality)) == quality
    told = qualities.told(qualities.kept(quality))
    assert [problem.code for problem in told.problems] == ["glare", "blurred"]
    assert not told.is_good
    assert told.measures == {"width_px": 720, "format": None}
