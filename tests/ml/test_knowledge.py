"""The knowledge base holds together: references have targets, numbers their range, texts both languages."""

from collections import Counter

import pytest

from ml.knowledge import Knowledge, load
from ml.knowledge.checking import texts_in
from ml.knowledge.entries import Cause, Drive, SoundKind, Text
from ml.tokens import plain

LIGHTS = frozenset(
    """
    abs airbag battery brake brake_fluid brake_pad bulb_failure check_engine coolant_temp cruise door_open dpf
    eco front_fog glow_plug hazard headlight_on high_beam hill_descent hood_open lane_departure low_beam
    low_fuel master_warning oil_level oil_pressure parking_brake position_lights power_steering rear_defrost
    rear_fog seat_belt security service start_stop tpms traction_control traction_control_off transmission
    transmission_temp trunk_open turn_signal washer_fluid none unknown oil_temp coolant_level brake_hold
    brake_low_pressure brake_retarder brake_temp speed_limiter wiper front_defrost clutch turbo child_seat
    ice_warning
    """.split()  # noqa: SIM905
)
SOUNDS = frozenset(
    """
    ac_compressor alternator bad_ignition bearing_fault dead_battery engine_knock exhaust_leak idler_pulley
    low_oil normal_braking normal_driving normal_idle normal_start not_car other_fault power_steering
    serpentine_belt water_pump wheel_bearing worn_brakes
    """.split()  # noqa: SIM905
)


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load()


def every_text(known: Knowledge) -> list[tuple[str, Text]]:
    shelves = (
        known.lights,
        known.sounds,
        known.symptoms,
        known.families,
        known.codes,
        known.causes,
        known.questions,
        known.tools,
    )
    return [(key, text) for shelf in shelves for key, entry in shelf.items() for text in texts_in(entry)]


def test_every_class_of_the_models_is_known(known: Knowledge) -> None:
    assert set(known.lights) == LIGHTS
    assert set(known.sounds) == SOUNDS


def test_no_text_is_left_in_one_language(known: Knowledge) -> None:
    assert [key for key, text in every_text(known) if not text.en.strip() or not text.fr.strip()] == []


def test_translations_are_translations(known: Knowledge) -> None:
    """A short name may be the same word in both; a sentence of four words never is."""
    same = [(key, text.en) for key, text in every_text(known) if text.en == text.fr and len(text.en.split()) > 3]

    assert same == []


def test_english_texts_carry_no_french_letters(known: Knowledge) -> None:
    assert [(key, text.en) for key, text in every_text(known) if plain(text.en) != text.en.casefold()] == []


def test_there_are_causes_enough(known: Knowledge) -> None:
    assert len(known.causes) >= 60
    assert len(known.codes) >= 400


def test_every_cause_can_be_told_by_a_link_above_its_background(known: Knowledge) -> None:
    def strongest(cause: Cause) -> float:
        ratios = []
        for link in cause.links:
            entry = known.evidence(link.evidence)
            assert entry is not None
            ratios.append(link.likelihood / entry.background)
        return max(ratios)

    assert {name: round(strongest(cause)) for name, cause in known.causes.items() if strongest(cause) < 5} == {}


def test_every_fault_light_and_family_leads_to_a_cause(known: Knowledge) -> None:
    linked = {link.evidence for cause in known.causes.values() for link in cause.links}
    stopping = {
        f"light:{light.id}"
        for light in known.lights.values()
        if light.group != "information" and light.drive is Drive.STOP
    }
    faulty = {f"sound:{sound.id}" for sound in known.sounds.values() if sound.kind is SoundKind.FAULT}
    families = {f"code:{family}" for family in known.families} - {"code:other", "code:secondary_air"}

    assert stopping - linked == {"light:oil_temp", "light:brake_temp", "light:brake_low_pressure"}
    assert faulty - linked == set()
    assert families - linked == {"code:fuel_level", "code:brake_switch"}


def test_every_check_of_a_cause_speaks_of_that_cause(known: Knowledge) -> None:
    """A check that is advised for a cause must be able to move it."""
    silent = [
        (cause.id, check)
        for cause in known.causes.values()
        for check in cause.checks
        if cause.id not in known.questions[check].yes and f"system:{cause.system}" not in known.questions[check].yes
    ]

    assert silent == []


def test_chips_are_few_enough_for_a_page_and_in_both_languages(known: Knowledge) -> None:
    chips = [symptom for symptom in known.symptoms.values() if symptom.chip]

    assert 30 <= len(chips) <= 80
    assert Counter(chip.name.en for chip in chips).most_common(1)[0][1] == 1


def test_costs_are_an_own_estimate_from_no_quotes(known: Knowledge) -> None:
    assert {cause.cost.quotes for cause in known.causes.values()} == {0}


def test_no_text_holds_an_address(known: Knowledge) -> None:
    """A video is named by what to search for; an address that nobody watched is never given."""
    assert [key for key, text in every_text(known) if "http" in text.en + text.fr or "www." in text.en + text.fr] == []
