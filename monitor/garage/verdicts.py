"""Can I drive? The verdict block's words, from the rules first and only then from what is probable."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from ml.knowledge import HEALTHY, Knowledge
from ml.knowledge.entries import Drive, Text
from monitor.garage.beliefs import Beliefs
from monitor.garage.safety import GET_OUT, SEVERITY, Alarm


class Verdict(StrEnum):
    STOP = "stop"
    GO_SLOWLY = "go_slowly"
    CHECK_SOON = "check_soon"
    NO_SIGN = "no_sign"
    NOT_SURE = "not_sure"


HEADLINES = {
    Verdict.STOP: Text("STOP — do not drive", "STOP — ne roulez pas"),
    Verdict.GO_SLOWLY: Text("GO SLOWLY to a garage (≤10 km)", "ROULEZ DOUCEMENT jusqu'à un garage (≤ 10 km)"),
    Verdict.CHECK_SOON: Text("Drive, have it checked within 7 days", "Roulez, faites contrôler sous 7 jours"),
    Verdict.NO_SIGN: Text("No sign of a fault", "Aucun signe de panne"),
    Verdict.NOT_SURE: Text("We are not sure", "Nous ne sommes pas sûrs"),
}
STOP_SHARE = 0.5
"""With half of the probability on causes that may not be driven with, the car may not be driven."""
CAREFUL_SHARE = 0.2
"""One chance in five of such a cause is enough to go slowly and no further than a garage."""
FAULT_SHARE = 0.5
HEALTHY_SHARE = 0.5
SUPPORTED = 0.7
"""A cause counts here only if evidence doubled its odds (natural log of 2); a prior alone stops nobody's car."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict block."""

    verdict: Verdict
    headline: Text
    why: Text
    is_by_rule: bool
    """a rule decided, whatever the scores were"""
    get_out: Text | None
    """always visible where the verdict is to stop"""


def judge(alarms: tuple[Alarm, ...], beliefs: Beliefs, knowledge: Knowledge) -> Judgement:
    """The worse of what the rules say and what is probable."""
    scored, why = _by_score(beliefs, knowledge)
    ruled = _by_rule(alarms)
    if ruled is not None and _severity(ruled) <= _severity(scored):
        return _judgement(ruled, alarms[0].text, is_by_rule=True)
    return _judgement(scored, why, is_by_rule=False)


def worse(one: Judgement, other: Judgement) -> Judgement:
    """The one that lets drive less; doubt rather than health."""
    return min(one, other, key=lambda each: (_severity(each.verdict), each.verdict is Verdict.NO_SIGN))


def _judgement(verdict: Verdict, why: Text, *, is_by_rule: bool) -> Judgement:
    get_out = GET_OUT if verdict is Verdict.STOP else None
    return Judgement(verdict, HEADLINES[verdict], why, is_by_rule, get_out)


def _by_rule(alarms: tuple[Alarm, ...]) -> Verdict | None:
    return _verdict_of(alarms[0].drive) if alarms else None


def _verdict_of(drive: Drive) -> Verdict:
    match drive:
        case Drive.STOP:
            return Verdict.STOP
        case Drive.SLOW:
            return Verdict.GO_SLOWLY
        case Drive.SOON:
            return Verdict.CHECK_SOON
        case Drive.FINE:
            return Verdict.NO_SIGN
        case _ as never:
            assert_never(never)


def _severity(verdict: Verdict) -> int:
    """Doubt and health yield to every rule."""
    match verdict:
        case Verdict.STOP:
            return SEVERITY[Drive.STOP]
        case Verdict.GO_SLOWLY:
            return SEVERITY[Drive.SLOW]
        case Verdict.CHECK_SOON:
            return SEVERITY[Drive.SOON]
        case Verdict.NO_SIGN | Verdict.NOT_SURE:
            return SEVERITY[Drive.FINE]
        case _ as never:
            assert_never(never)


def _by_score(beliefs: Beliefs, knowledge: Knowledge) -> tuple[Verdict, Text]:
    supported = [
        (share, knowledge.causes[hypothesis])
        for hypothesis, share in beliefs.probabilities.items()
        if hypothesis in knowledge.causes and beliefs.support(hypothesis) >= SUPPORTED
    ]
    stop = sum(share for share, cause in supported if cause.drive is Drive.STOP)
    slow = sum(share for share, cause in supported if cause.drive is Drive.SLOW)
    fault = sum(share for share, _ in supported)
    if stop >= STOP_SHARE:
        return Verdict.STOP, Text(
            "What it most probably is can destroy the engine or fail the brakes.",
            "Ce que c'est le plus probablement peut détruire le moteur ou faire lâcher les freins.",
        )
    if stop >= CAREFUL_SHARE or stop + slow >= FAULT_SHARE:
        return Verdict.GO_SLOWLY, Text(
            "It may be something that gets worse with every kilometre.",
            "Cela peut être quelque chose qui s'aggrave à chaque kilomètre.",
        )
    if beliefs.probabilities[HEALTHY] >= HEALTHY_SHARE:
        return Verdict.NO_SIGN, Text(
            "Nothing that we saw, heard or read points to a fault.",
            "Rien de ce que nous avons vu, entendu ou lu n'indique une panne.",
        )
    if fault >= FAULT_SHARE:
        return Verdict.CHECK_SOON, Text(
            "It is probably a fault that can wait some days.",
            "C'est probablement une panne qui peut attendre quelques jours.",
        )
    return Verdict.NOT_SURE, Text(
        "What we have does not decide between several causes.",
        "Ce que nous avons ne permet pas de trancher entre plusieurs causes.",
    )
