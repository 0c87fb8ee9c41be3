"""Decides who may say which verb and join which channel; the tables of the protocol, and nothing that waits."""

from enum import StrEnum
from typing import assert_never

from monitor.live import topics
from monitor.live.topics import Topic
from monitor.people.identities import Identity
from monitor.values import Role


class Verb(StrEnum):
    """What a client may say after `connect`."""

    MEASURE = "measure"
    REFRESH = "refresh"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    CONFIRM = "confirm"
    FEEDBACK = "feedback"
    MEDIA = "media"
    CHUNK = "chunk"
    DIAGNOSE = "diagnose"


_DEVICE = frozenset({Verb.MEASURE})
_EVERY_ACCOUNT = frozenset({Verb.REFRESH, Verb.SUBSCRIBE, Verb.UNSUBSCRIBE, Verb.CONFIRM})
_CAR_OWNER = _EVERY_ACCOUNT | {Verb.FEEDBACK, Verb.MEDIA, Verb.CHUNK, Verb.DIAGNOSE}
_OF_PROVIDERS = {
    "alerts": topics.alerts,
    "kpis": topics.kpis,
    "measurements": topics.measurements,
    "feedback": topics.feedback,
}


def verbs(who: Identity) -> frozenset[Verb]:
    """Every verb that `who` may say."""
    if who.is_device:
        return _DEVICE
    match who.role:
        case Role.SUBSCRIBER | Role.MECHANIC:
            return _CAR_OWNER
        case Role.OPERATOR | Role.ANALYST | Role.ADMINISTRATOR:
            return _EVERY_ACCOUNT
        case _ as never:
            assert_never(never)


def may_say(who: Identity, verb: str) -> bool:
    return verb in verbs(who)


def topic(who: Identity, channel: str) -> Topic | None:
    """The channel that this name means to `who`; None where it is not open or there can be none such.

    Whether a provider of that name exists is not asked: nobody but administrators gets so far with a strange one.
    """
    if who.is_device:
        return None
    if channel == topics.me(who.account).wire_name:
        return topics.me(who.account)
    if channel == topics.OPS.wire_name:
        return topics.OPS if who.role is Role.ADMINISTRATOR else None
    subject, _, provider = channel.partition(":")
    is_own = who.role is Role.OPERATOR and who.provider_slug == provider
    if subject not in _OF_PROVIDERS or not provider or not (is_own or who.role is Role.ADMINISTRATOR):
        return None
    return _OF_PROVIDERS[subject](provider)
