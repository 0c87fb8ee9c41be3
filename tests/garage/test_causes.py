"""What the reasoning promises: probabilities that sum to one, any order alike, rules that nothing overrides."""

import dataclasses
import datetime
import math
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.findings import NOT_SURE, Finding, Kind, Quality, Reading
from ml.knowledge import HEALTHY, UNKNOWN_CAUSE, load
from ml.knowledge.entries import Drive, Fuel, Gearbox
from monitor.garage.beliefs import Beliefs, Calibration, believe, likelihood
from monitor.garage.causes import Conclusion, conclude, mass_up_to, possible, set_mass_for
from monitor.garage.evidence import Answer, Case, Observation, Vehicle, from_readings
from monitor.garage.experience import Tally
from monitor.garage.histories import Found, Past
from monitor.garage.notes import LAMP_TEST
from monitor.garage.questions import expected_gain_bits
from monitor.garage.verdicts import HEADLINES, Verdict

KNOWN = load()
CALIBRATION = Calibration()
EVIDENCE = sorted(
    {link.evidence for cause in KNOWN.causes.values() for link in cause.links} | {"light:none", "light:seat_belt"}
)
STOPPING = [
    Observation("light:oil_pressure", 0.9),
    Observation("light:coolant_temp", 0.9, colour="red"),
    Observation("light:brake", 0.9, colour="red"),
    Observation("light:brake_fluid", 0.9),
    Observation("light:battery", 0.9),
    Observation("light:check_engine", 0.9, is_flashing=True),
    Observation("symptom:light_flashing", 0.9),
    Observation("symptom:fuel_smell", 0.9),
    Observation("symptom:smoke", 0.9),
    Observation("symptom:bonnet_smoke", 0.9),
    Observation("symptom:fire", 0.9),
    Observation("symptom:steam", 0.9),
    Observation("symptom:overheats", 0.9),
    Observation("symptom:brake_failure", 0.9),
]

observations = st.builds(
    Observation,
    evidence=st.sampled_from(EVIDENCE),
    confidence=st.floats(0.0, 1.0),
    is_present=st.booleans(),
)
answers = st.dictionaries(st.sampled_from(sorted(KNOWN.questions)), st.sampled_from(list(Answer)), max_size=4)
vehicles = st.builds(
    Vehicle,
    fuel=st.sampled_from([None, *Fuel]),
    gearbox=st.sampled_from([None, *Gearbox]),
    age_years=st.one_of(st.none(), st.floats(0, 60)),
    odometer_km=st.one_of(st.none(), st.floats(0, 900_000)),
)
pasts = st.builds(
    Past,
    cause=st.sampled_from(sorted(KNOWN.causes)),
    found=st.sampled_from(Found),
    on=st.just(datetime.date(2026, 3, 3)),
    age_days=st.floats(0, 4000),
)
tallies = st.builds(
    Tally,
    cause=st.sampled_from(sorted(KNOWN.causes)),
    voices=st.integers(10, 10_000),
    expected=st.floats(0, 10_000),
    confirmed=st.floats(0, 10_000),
)
cases = st.builds(
    Case,
    observations=st.lists(observations, max_size=8).map(tuple),
    answers=answers,
    vehicle=vehicles,
    history=st.lists(pasts, max_size=4).map(tuple),
    experience=st.lists(tallies, max_size=4, unique_by=lambda tally: tally.cause).map(tuple),
)
few = settings(max_examples=40, deadline=None)


def beliefs_of(*seen: Observation, **given_answers: Answer) -> Beliefs:
    return believe(Case(seen, given_answers), KNOWN, CALIBRATION)


def conclusion_of(*seen: Observation, **given_answers: Answer) -> Conclusion:
    return conclude(Case(seen, given_answers), KNOWN)


@few
@given(cases)
def test_probabilities_sum_to_one(case: Case) -> None:
    shares = believe(case, KNOWN, CALIBRATION).probabilities.values()

    assert math.isclose(math.fsum(shares), 1.0, abs_tol=1e-9)
    assert min(shares) >= 0


@few
@given(cases, st.randoms())
def test_the_order_of_evidence_does_not_matter(case: Case, chance: random.Random) -> None:
    parts = {name: list(getattr(case, name)) for name in ("observations", "history", "experience")}
    for part in parts.values():
        chance.shuffle(part)
    shuffled = dataclasses.replace(case, **{name: tuple(part) for name, part in parts.items()})

    assert conclude(shuffled, KNOWN) == conclude(case, KNOWN)


@few
@given(cases, st.sampled_from(EVIDENCE), st.floats(0.05, 1.0))
def test_evidence_for_a_cause_never_lowers_it_against_a_cause_that_it_does_not_speak_for(
    case: Case, evidence: str, confidence: float
) -> None:
    seen = tuple(observation for observation in case.observations if observation.evidence != evidence)
    before = believe(Case(seen, {}, case.vehicle), KNOWN, CALIBRATION).probabilities
    more = (*seen, Observation(evidence, confidence))
    after = believe(Case(more, {}, case.vehicle), KNOWN, CALIBRATION).probabilities
    entry = KNOWN.evidence(evidence)
    assert entry is not None

    for cause in KNOWN.causes.values():
        links = {link.evidence: link.likelihood for link in cause.links}
        if cause.id in before and links.get(evidence, 0) > entry.background:
            odds_before = before[cause.id] / before[UNKNOWN_CAUSE]
            assert after[cause.id] / after[UNKNOWN_CAUSE] >= odds_before * (1 - 1e-9)


@few
@given(cases, st.sampled_from(sorted(KNOWN.questions)), st.booleans())
def test_an_answer_moves_odds_exactly_as_its_likelihoods_say(case: Case, name: str, is_yes: bool) -> None:
    question = KNOWN.questions[name]
    seen = tuple(observation for observation in case.observations if observation.evidence != question.same_as)
    others = {key: answer for key, answer in case.answers.items() if key != name}
    before = believe(Case(seen, others, case.vehicle), KNOWN, CALIBRATION).probabilities
    answer = Answer.YES if is_yes else Answer.NO
    after = believe(Case(seen, {**others, name: answer}, case.vehicle), KNOWN, CALIBRATION).probabilities

    for hypothesis, share in before.items():
        mine, theirs = (likelihood(one, question, KNOWN) for one in (hypothesis, UNKNOWN_CAUSE))
        expected = mine / theirs if is_yes else (1 - mine) / (1 - theirs)
        moved = (after[hypothesis] / after[UNKNOWN_CAUSE]) / (share / before[UNKNOWN_CAUSE])
        assert moved == pytest.approx(expected, rel=1e-6)


@few
@given(cases)
def test_not_knowing_an_answer_changes_no_probability(case: Case) -> None:
    unknown = dict.fromkeys(KNOWN.questions, Answer.UNKNOWN)
    silent = believe(Case(case.observations, {}, case.vehicle), KNOWN, CALIBRATION)

    assert believe(Case(case.observations, unknown, case.vehicle), KNOWN, CALIBRATION) == silent


@few
@given(cases, st.sampled_from(STOPPING), st.integers(0, 8))
def test_no_evidence_and_no_answer_overrides_a_stop(case: Case, stopping: Observation, place: int) -> None:
    seen = (*case.observations[:place], stopping, *case.observations[place:])
    conclusion = conclude(dataclasses.replace(case, observations=seen), KNOWN)

    assert conclusion.judgement.verdict is Verdict.STOP
    assert conclusion.judgement.get_out is not None


@few
@given(cases)
def test_what_was_told_afterwards_never_makes_a_verdict_milder(case: Case) -> None:
    strict = [Verdict.STOP, Verdict.GO_SLOWLY, Verdict.CHECK_SOON, Verdict.NOT_SURE, Verdict.NO_SIGN]
    known, unknown = (conclude(each, KNOWN).judgement for each in (case, case.today))

    assert strict.index(known.verdict) <= strict.index(unknown.verdict)


def test_a_stop_stands_when_every_other_sign_says_healthy() -> None:
    healthy = [Observation(link.evidence, 1.0) for link in KNOWN.baseline.healthy_links]
    denied = Observation("light:oil_pressure", 1.0, is_present=False)

    conclusion = conclusion_of(*healthy, denied, Observation("light:oil_pressure", 0.6), only_check=Answer.YES)

    assert conclusion.judgement.verdict is Verdict.STOP
    assert conclusion.judgement.is_by_rule


def test_where_rule_and_score_agree_the_rule_says_what_to_do() -> None:
    judgement = conclusion_of(Observation("light:oil_pressure", 0.95), dipstick_low=Answer.YES).judgement

    assert judgement.is_by_rule
    assert judgement.why == KNOWN.lights["oil_pressure"].action


def test_what_is_said_and_answered_counts_once() -> None:
    said = beliefs_of(Observation("symptom:when_braking", 0.9), only_braking=Answer.YES)

    assert said == beliefs_of(only_braking=Answer.YES)


def test_evidence_against_is_not_weakened_by_evidence_for() -> None:
    """Both tell of the battery's charge; what speaks against keeps its full weight."""
    absent = Observation("symptom:no_start", 0.9, is_present=False)
    [alone] = beliefs_of(absent).contributions["battery_weak"]
    both = beliefs_of(absent, Observation("symptom:clicks_no_crank", 0.9)).contributions["battery_weak"]

    assert alone in both


def test_a_red_light_is_not_hidden_by_the_same_light_seen_amber() -> None:
    amber, red = (Observation("light:brake", share, colour=colour) for share, colour in ((0.95, "amber"), (0.6, "red")))

    assert conclusion_of(amber, red).judgement.verdict is Verdict.STOP
    assert conclusion_of(red, amber).judgement.verdict is Verdict.STOP


def test_a_faint_red_light_is_to_go_slowly_and_look_again() -> None:
    conclusion = conclusion_of(Observation("light:oil_pressure", 0.3))

    assert conclusion.judgement.verdict is Verdict.GO_SLOWLY
    assert not conclusion.alarms[0].is_certain


def test_a_blue_temperature_light_is_a_cold_engine() -> None:
    assert conclusion_of(Observation("light:coolant_temp", 0.9, colour="blue")).alarms == ()


def test_answering_that_fuel_is_smelt_stops_the_car() -> None:
    assert conclusion_of(fuel_smell_engine=Answer.YES).judgement.verdict is Verdict.STOP


def test_a_steady_engine_light_may_be_driven_for_a_week() -> None:
    assert conclusion_of(Observation("light:check_engine", 0.9)).judgement.verdict is Verdict.CHECK_SOON


def test_nobody_drives_with_an_open_bonnet_and_a_door_is_only_to_be_shut() -> None:
    bonnet = conclusion_of(Observation("light:hood_open", 0.9, colour="red"))

    assert bonnet.judgement.verdict is Verdict.STOP
    assert "bonnet" in bonnet.judgement.why.en
    assert "capot" in bonnet.judgement.why.fr
    for name in ("door_open", "trunk_open"):
        assert not conclusion_of(Observation(f"light:{name}", 0.9, colour="red")).alarms, name


def test_nothing_at_all_is_not_sure_with_a_question() -> None:
    conclusion = conclusion_of()

    assert conclusion.judgement.verdict is Verdict.NOT_SURE
    assert conclusion.question is not None
    assert conclusion.causes == ()
    assert not conclusion.is_sure


def test_a_quiet_engine_and_a_dark_dashboard_show_no_sign_of_a_fault() -> None:
    good = Quality((), ())
    readings = [
        Reading(Kind.DASHBOARD, good, (Finding("none", 0.95),), "dashboard-1"),
        Reading(Kind.SOUND, good, (Finding("normal_idle", 0.9),), "engine-1"),
    ]

    conclusion = conclude(Case(from_readings(readings, KNOWN)), KNOWN)

    assert conclusion.judgement.verdict is Verdict.NO_SIGN


@pytest.mark.parametrize(
    ("evidence", "cause"),
    [
        (["light:oil_pressure"], "low_engine_oil"),
        (["code:misfire", "code:ignition_coil"], "ignition_coil_fault"),
        (["symptom:brake_squeal", "symptom:when_braking"], "brake_pads"),
        (["symptom:belt_squeal", "sound:serpentine_belt"], "belt_slipping"),
        (["light:abs", "code:wheel_speed"], "abs_sensor"),
        (["symptom:click_turning", "symptom:when_turning"], "cv_joint"),
        (["symptom:wheel_hum", "symptom:when_speed"], "wheel_bearing"),
        (["symptom:white_smoke", "symptom:milky_oil"], "head_gasket"),
        (["light:battery", "symptom:dim_lights"], "alternator"),
        (["code:evap", "symptom:after_refuel"], "fuel_cap"),
        (["light:glow_plug", "symptom:when_cold", "symptom:no_start"], "glow_plugs"),
        (["symptom:clutch_slip"], "clutch_worn"),
        (["code:thermostat"], "thermostat_open"),
        (["light:dpf", "code:particle_filter"], "particle_filter"),
    ],
)
def test_the_textbook_case_is_ranked_first(evidence: list[str], cause: str) -> None:
    conclusion = conclusion_of(*(Observation(name, 0.9) for name in evidence))

    assert conclusion.causes[0].cause.id == cause


def test_a_petrol_car_has_no_glow_plugs() -> None:
    petrol = Vehicle(fuel=Fuel.PETROL)
    case = Case((Observation("code:glow_plug", 1.0),), {}, petrol)

    assert "glow_plugs" not in believe(case, KNOWN, CALIBRATION).probabilities
    assert "carburant" in conclude(case, KNOWN).notes[0].fr


def test_lights_that_every_standing_engine_shows_are_noted_and_stop_the_car_all_the_same() -> None:
    oil, battery = Observation("light:oil_pressure", 0.9), Observation("light:battery", 0.9)

    both = conclude(Case((oil, battery)), KNOWN)

    assert both.judgement.verdict is Verdict.STOP
    assert both.notes == (LAMP_TEST,)
    assert not conclude(Case((oil,)), KNOWN).notes
    assert not conclude(Case((oil, Observation("light:battery", 0.9, is_present=False))), KNOWN).notes


def test_an_electric_car_has_no_engine_oil() -> None:
    shares = believe(Case(vehicle=Vehicle(fuel=Fuel.ELECTRIC)), KNOWN, CALIBRATION).probabilities

    assert "low_engine_oil" not in shares
    assert "brake_pads" in shares


def test_an_old_car_wears_out_more() -> None:
    new, old = (
        believe(Case(vehicle=Vehicle(age_years=age, odometer_km=km)), KNOWN, CALIBRATION).probabilities
        for age, km in ((1, 10_000), (20, 300_000))
    )

    assert old["wheel_bearing"] > new["wheel_bearing"]
    assert old["fuel_cap"] < new["fuel_cap"]


def test_a_serious_cause_is_shown_though_unlikely() -> None:
    conclusion = conclusion_of(Observation("code:misfire", 1.0), Observation("symptom:rough_idle", 0.9))
    [row] = [row for row in conclusion.causes if row.cause.id == "head_gasket"]

    assert row.probability < 0.05
    assert row.is_serious
    assert row.words.en == "unlikely but serious"


def test_repeating_one_complaint_in_other_words_convinces_less_than_new_evidence() -> None:
    once = Observation("symptom:clicks_no_crank", 0.9)
    again = Observation("symptom:slow_crank", 0.9)
    other = Observation("symptom:battery_flat", 0.9)

    def odds(*seen: Observation) -> float:
        shares = beliefs_of(*seen).probabilities
        return shares["battery_weak"] / shares[UNKNOWN_CAUSE]

    assert odds(once) < odds(once, again) < odds(once, other)


def test_reasons_for_and_against_are_told_in_both_languages() -> None:
    conclusion = conclusion_of(
        Observation("light:battery", 0.9),
        Observation("symptom:dim_lights", 0.9, is_present=False),
        belt_missing=Answer.NO,
    )
    row = next(row for row in conclusion.causes if row.cause.id == "alternator")

    assert [reason.source for reason in row.reasons_for] == ["light:battery"]
    assert {reason.source for reason in row.reasons_against} == {"symptom:dim_lights", "question:belt_missing"}
    assert all(reason.why.en and reason.why.fr for reason in (*row.reasons_for, *row.reasons_against))


def test_the_question_asked_is_the_one_that_tells_most() -> None:
    case = Case((Observation("symptom:overheats", 0.9),))
    conclusion = conclude(case, KNOWN)
    shares = believe(case, KNOWN, CALIBRATION).probabilities
    assert conclusion.question is not None
    gains = {name: expected_gain_bits(shares, question, KNOWN) for name, question in KNOWN.questions.items()}

    assert gains[conclusion.question.id] >= 0.8 * max(
        gain for name, gain in gains.items() if KNOWN.questions[name].same_as != "symptom:overheats"
    )


def test_the_expected_gain_is_the_doubt_that_answers_remove_on_average() -> None:
    shares = beliefs_of(Observation("symptom:overheats", 0.9)).probabilities

    def doubt(parts: list[float]) -> float:
        total = math.fsum(parts)
        return -math.fsum(part / total * math.log2(part / total) for part in parts if part)

    for question in KNOWN.questions.values():
        yes = [share * likelihood(name, question, KNOWN) for name, share in shares.items()]
        no = [share - part for share, part in zip(shares.values(), yes, strict=True)]
        after = math.fsum(yes) * doubt(yes) + math.fsum(no) * doubt(no)

        removed = doubt(list(shares.values())) - after
        assert expected_gain_bits(shares, question, KNOWN) == pytest.approx(removed, abs=1e-9)


def test_a_conclusion_survives_being_stored_as_json() -> None:
    conclusion = conclusion_of(Observation("light:battery", 0.9), belt_missing=Answer.NO)
    stored = msgspec.json.encode(conclusion)

    assert msgspec.json.decode(stored, type=Conclusion) == conclusion
    assert len(stored) < 65_536


def test_a_question_is_never_asked_twice_and_questions_come_to_an_end() -> None:
    asked: dict[str, Answer] = {}
    while (question := conclusion_of(Observation("light:check_engine", 0.9), **asked).question) is not None:
        assert question.id not in asked
        asked[question.id] = Answer.UNKNOWN

    assert len(asked) < len(KNOWN.questions)


def test_what_was_said_is_not_asked() -> None:
    seen = Observation("symptom:when_braking", 0.9)
    asked: dict[str, Answer] = {}
    while (question := conclusion_of(seen, **asked).question) is not None:
        asked[question.id] = Answer.UNKNOWN

    assert "only_braking" not in asked


def test_the_set_holds_the_mass_asked_for_and_nothing_more() -> None:
    beliefs = beliefs_of(Observation("symptom:overheats", 0.9))
    held = possible(beliefs, 0.9)
    shares = sorted(beliefs.probabilities[name] for name in held)

    assert sum(shares) >= 0.9
    assert sum(shares[1:]) < 0.9


def test_on_cases_drawn_from_the_knowledge_the_set_holds_the_truth_nine_times_in_ten() -> None:
    """The sum is right where the model is: causes drawn by their priors, evidence by its likelihoods."""
    chance = random.Random(3)
    causes = list(KNOWN.causes.values())
    hits = 0
    for cause in chance.choices(causes, [cause.prior for cause in causes], k=150):
        seen = [Observation(link.evidence, 1.0) for link in cause.links if chance.random() < link.likelihood]
        beliefs = beliefs_of(*seen)
        hits += cause.id in possible(beliefs, 0.9)

    assert hits / 150 >= 0.85


def test_conformal_mass_covers_the_cases_that_it_is_fitted_on() -> None:
    masses = [share / 100 for share in range(1, 101)]

    assert set_mass_for(masses, 0.9) == pytest.approx(0.91)
    assert set_mass_for([0.2, 0.3], 0.9) == 1.0


def test_mass_up_to_the_first_is_its_own_probability() -> None:
    beliefs = beliefs_of(Observation("symptom:clutch_slip", 0.9))

    assert mass_up_to(beliefs, "clutch_worn") == pytest.approx(beliefs.probabilities["clutch_worn"])
    assert mass_up_to(beliefs, "no_such_cause") == 1.0


def test_an_abstaining_model_counts_for_half_and_a_one_car_class_for_little() -> None:
    quality = Quality((), ())
    sure = Reading(Kind.SOUND, quality, (Finding("serpentine_belt", 0.8),), "engine-1")
    unsure = Reading(Kind.SOUND, quality, (Finding(NOT_SURE, 0.5), Finding("serpentine_belt", 0.8)), "engine-1")
    one_car = Reading(Kind.SOUND, quality, (Finding("water_pump", 0.8),), "engine-1")
    confidences = [from_readings([reading], KNOWN)[0].confidence for reading in (sure, unsure, one_car)]

    assert confidences == pytest.approx([0.64, 0.32, 0.2])


def test_a_bad_photo_proves_no_light_unlit() -> None:
    blurred = Reading(Kind.DASHBOARD, Quality(("blurred",), ()), (Finding("battery", 0.7),), "dashboard-1")
    good = Reading(Kind.DASHBOARD, Quality((), ()), (Finding("battery", 0.7),), "dashboard-1")

    assert len(from_readings([blurred], KNOWN)) == 1
    assert any(not observation.is_present for observation in from_readings([good], KNOWN))


def test_every_verdict_has_its_words_in_both_languages() -> None:
    assert set(HEADLINES) == set(Verdict)
    assert HEADLINES[Verdict.STOP].en == "STOP — do not drive"


def test_no_fault_is_a_hypothesis_of_its_own() -> None:
    assert HEALTHY in beliefs_of().probabilities
    assert all(cause.drive in Drive for cause in KNOWN.causes.values())
