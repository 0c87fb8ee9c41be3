"""What drivers write is understood: both languages, pidgin-tinged English, typos, denials, chips and trouble codes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.codes import is_generic
from ml.text import MAX_CHARACTERS, Mention, read


def said(description: str, *chips: str) -> dict[str, bool]:
    return {mention.evidence: mention.is_present for mention in read(description, chips).mentions}


@pytest.mark.parametrize(
    ("description", "evidence"),
    [
        ("My car no dey start, e just click when I turn the key", "symptom:clicks_no_crank"),
        ("brakes no dey work", "symptom:brake_failure"),
        ("the engine dey overheat for hold up", "symptom:overheats"),
        ("fuel finish fast", "symptom:fuel_use"),
        ("gear no dey enter", "symptom:gears_hard"),
        ("Engine cranks but won't start", "symptom:cranks_no_start"),
        ("There is a squealing noise from the belt", "symptom:belt_squeal"),
        ("clicking sound when turning left", "symptom:click_turning"),
        ("it shakes at idle", "symptom:rough_idle"),
        ("steering wheel shakes at high speed", "symptom:vibration_speed"),
        ("I smell petrol", "symptom:fuel_smell"),
        ("aircon is not cooling", "symptom:ac_warm"),
        ("La voiture ne démarre pas", "symptom:no_start"),
        ("Ma voiture ne veut plus démarrer", "symptom:no_start"),
        ("plus de freins !", "symptom:brake_failure"),
        ("la pédale va au plancher", "symptom:brake_failure"),
        ("Ça sent l\u2019essence", "symptom:fuel_smell"),
        ("le moteur chauffe dans les bouchons", "symptom:overheats"),
        ("il y a de la fumée sous le capot", "symptom:bonnet_smoke"),
        ("ça siffle quand je freine", "symptom:brake_squeal"),
        ("mes freins grincent en freinant", "symptom:brake_squeal"),
        ("l'embrayage patine en côte", "symptom:clutch_slip"),
        ("mon cardan claque quand je tourne", "symptom:click_turning"),
        ("la clim ne refroidit plus", "symptom:ac_warm"),
        ("le voyant d'huile est allumé", "light:oil_pressure"),
        ("voyant batterie allumé et phares faibles", "light:battery"),
        ("the oil light came on", "light:oil_pressure"),
        ("check engine light is flashing", "symptom:light_flashing"),
        ("le voyant moteur clignote", "symptom:light_flashing"),
        ("depuis le plein le moteur tousse", "symptom:after_refuel"),
        ("moto no gree start for morning", "symptom:no_start"),
        ("my car dey smoke for bonnet", "symptom:bonnet_smoke"),
        ("car dey shake when e reach 100", "symptom:vibration_speed"),
        ("Je n'ai plus de frein", "symptom:brake_failure"),
        ("j'entends un tac tac quand je braque à fond", "symptom:click_turning"),
        ("tout s'est éteint d'un coup", "symptom:electric_off"),
    ],
)
def test_a_symptom_is_read(description: str, evidence: str) -> None:
    assert said(description).get(evidence) is True


@pytest.mark.parametrize(
    ("description", "evidence"),
    [
        ("no smoke", "symptom:smoke"),
        ("pas de fumée", "symptom:smoke"),
        ("ça ne fume pas", "symptom:smoke"),
        ("sans fumée ni bruit", "symptom:smoke"),
        ("the engine does not overheat", "symptom:overheats"),
        ("le moteur ne chauffe pas", "symptom:overheats"),
        ("there is no oil leak", "symptom:oil_leak"),
        ("aucune odeur d'essence", "symptom:fuel_smell"),
        ("no brake noise", "symptom:brake_squeal"),
        ("the oil light is not on", "light:oil_pressure"),
        ("the oil light is off now", "light:oil_pressure"),
        ("le voyant d'huile est éteint", "light:oil_pressure"),
    ],
)
def test_a_denied_symptom_is_absent_and_not_present(description: str, evidence: str) -> None:
    assert said(description).get(evidence) is False


@pytest.mark.parametrize(
    ("description", "evidence"),
    [
        ("no smoke but it squeals when I brake", "symptom:brake_squeal"),
        ("Pas de fumée. Le moteur chauffe", "symptom:overheats"),
        ("la voiture ne démarre pas à froid", "symptom:when_cold"),
        ("it does not start when cold", "symptom:when_cold"),
    ],
)
def test_a_denial_ends_with_its_clause(description: str, evidence: str) -> None:
    assert said(description).get(evidence) is True


@pytest.mark.parametrize(
    ("description", "evidence"),
    [
        ("squeel from the brakes", "symptom:brake_squeal"),
        ("le moteur chaufe", "symptom:overheats"),
        ("fumee noire a lechappement", "symptom:black_smoke"),
        ("embreyage patine", "symptom:clutch_slip"),
        ("odeur de brulé", "symptom:burning_smell"),
        ("the engine is overheatting", "symptom:overheats"),
        ("demare pas", "symptom:no_start"),
    ],
)
def test_typos_and_missing_accents_are_forgiven(description: str, evidence: str) -> None:
    assert said(description).get(evidence) is True


def test_a_typo_costs_confidence() -> None:
    [exact] = [found for found in read("brake squeal").mentions if found.evidence == "symptom:brake_squeal"]
    [slipped] = [found for found in read("brake squeel").mentions if found.evidence == "symptom:brake_squeal"]

    assert slipped.confidence < exact.confidence < 1


@pytest.mark.parametrize(
    ("description", "evidence"),
    [
        ("voyant allumé quand je freine", "light:brake"),
        ("black smoke", "symptom:smoke"),
        ("starts without a problem", "symptom:no_start"),
        ("La voiture sent le brûlé", "symptom:fire"),
        ("The car doesn't pull to one side", "symptom:power_loss"),
        ("la batterie est neuve", "symptom:battery_flat"),
        ("mes freins marchent bien", "symptom:brake_failure"),
        ("tout va bien, aucun voyant allumé", "symptom:electric_off"),
        ("My car no dey start, e just click when I turn the key", "symptom:click_turning"),
    ],
)
def test_what_was_not_said_is_not_read(description: str, evidence: str) -> None:
    assert evidence not in said(description)


@pytest.mark.parametrize("description", ["there is no brake noise", "pas de bruit de frein"])
def test_no_brake_noise_is_at_most_half_a_brake_failure(description: str) -> None:
    """The words hold `no brake`; too unsure to stop a car on, too serious to drop."""
    mentions = {mention.evidence: mention for mention in read(description).mentions}

    assert mentions["symptom:brake_failure"].confidence < 0.5


def test_a_chip_is_certain_and_an_unknown_chip_is_ignored() -> None:
    words = read("", ["overheats", "no_such_chip"])

    assert words.mentions == (Mention("symptom:overheats", 1.0, is_present=True, words=""),)


def test_a_chip_wins_over_a_denial_in_the_text() -> None:
    assert said("the engine does not overheat", "overheats") == {"symptom:overheats": True}


def test_nothing_written_says_nothing() -> None:
    assert read("") == read("  \n… 🙂") == read("bonjour, merci beaucoup")


def test_when_it_happens_is_read_beside_what_happens() -> None:
    found = said("Ma Toyota tremble quand je suis au feu rouge")

    assert found == {"symptom:rough_idle": True, "symptom:when_idling": True}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_whatever_is_written_is_read_without_failing(description: str) -> None:
    for mention in read(description).mentions:
        assert 0 < mention.confidence <= 1


def test_a_very_long_description_is_read_up_to_the_limit() -> None:
    words = read("x" * MAX_CHARACTERS + " overheats P0301")

    assert words.mentions == ()
    assert words.codes == ()


def test_codes_are_found_as_scanners_and_people_write_them() -> None:
    words = read("P0301, p 0420 ; PO171 et P0455-00, encore P0301")

    assert [code.code for code in words.codes] == ["P0301", "P0420", "P0171", "P0455"]
    assert [code.family for code in words.codes] == ["misfire", "catalyst", "mixture_lean", "evap"]


def test_words_and_models_are_no_codes() -> None:
    assert read("Peugeot 406, Toyota C-HR 2018, B2B, bodoc, C300, 699012345, AP03012").codes == ()


def test_a_makers_code_is_told_as_such() -> None:
    [code] = read("P1234").codes

    assert not code.is_generic
    assert code.family is None
    assert "constructeur" in code.meaning.fr
    assert "maker" in code.meaning.en


def test_a_generic_code_outside_the_list_is_told_by_its_structure() -> None:
    [code] = read("P0799").codes

    assert code.is_generic
    assert code.family is None
    assert "gearbox" in code.meaning.en


@pytest.mark.parametrize(
    ("code", "generic"),
    [
        ("P0001", True),
        ("P1001", False),
        ("P2001", True),
        ("P3001", False),
        ("P3400", True),
        ("C0035", True),
        ("C1035", False),
        ("B2001", False),
        ("U0100", True),
        ("U1100", False),
        ("U3000", True),
    ],
)
def test_the_second_character_tells_whose_meaning_it_is(code: str, generic: bool) -> None:
    assert is_generic(code) is generic
