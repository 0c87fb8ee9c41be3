"""Who may say what and join which channel: the protocol's table, row by row."""

import pytest

from monitor.people import access
from monitor.people.access import Verb
from monitor.people.identities import Identity, Kind
from monitor.values import AccountId, DeviceId, ProviderId, Role

ACCOUNT = {"refresh", "subscribe", "unsubscribe", "confirm"}
CAR_OWNER = ACCOUNT | {"feedback", "media", "chunk", "diagnose"}
PROVIDERS_OWN = ("alerts", "kpis", "measurements", "feedback")


def somebody(role: Role, provider: str | None = None) -> Identity:
    return Identity(Kind.ACCOUNT, AccountId(7), role, ProviderId(1) if provider else None, provider)


@pytest.mark.parametrize(
    ("role", "verbs"),
    [
        (Role.SUBSCRIBER, CAR_OWNER),
        (Role.MECHANIC, CAR_OWNER),
        (Role.OPERATOR, ACCOUNT),
        (Role.ADMINISTRATOR, ACCOUNT),
        (Role.ANALYST, ACCOUNT),
    ],
)
def test_each_role_has_its_verbs(role: Role, verbs: set[str]) -> None:
    assert {verb for verb in Verb if access.may_say(somebody(role), verb)} == verbs


def test_device_may_only_measure() -> None:
    phone = Identity(Kind.DEVICE, AccountId(7), Role.ADMINISTRATOR, device=DeviceId(1))

    assert access.verbs(phone) == {Verb.MEASURE}
    assert access.topic(phone, "me") is None
    assert access.topic(phone, "ops") is None


def test_unknown_verb_is_not_allowed() -> None:
    assert not access.may_say(somebody(Role.ADMINISTRATOR), "drop_tables")


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_a_channel_of_her_own(role: Role) -> None:
    topic = access.topic(somebody(role, "mtn" if role is Role.OPERATOR else None), "me")

    assert topic is not None
    assert (topic.name, topic.wire_name) == ("me:7", "me")


@pytest.mark.parametrize("subject", PROVIDERS_OWN)
def test_operator_joins_the_own_providers_channels_only(subject: str) -> None:
    operator = somebody(Role.OPERATOR, "mtn")

    assert access.topic(operator, f"{subject}:mtn") is not None
    assert access.topic(operator, f"{subject}:orange") is None
    assert access.topic(operator, "ops") is None


def test_administrator_joins_every_providers_channels_and_ops() -> None:
    joined = [access.topic(somebody(Role.ADMINISTRATOR), f"{subject}:mtn") for subject in PROVIDERS_OWN]

    assert all(joined)
    assert access.topic(somebody(Role.ADMINISTRATOR), "ops") is not None


@pytest.mark.parametrize("role", [Role.SUBSCRIBER, Role.MECHANIC, Role.ANALYST])
@pytest.mark.parametrize("channel", [*(f"{subject}:mtn" for subject in PROVIDERS_OWN), "ops"])
def test_others_join_nothing_but_their_own(role: Role, channel: str) -> None:
    assert access.topic(somebody(role), channel) is None


@pytest.mark.parametrize("channel", ["", "alerts", "alerts:", "me:7", "me:8", "ops:", "control", "Alerts:mtn", "x:mtn"])
def test_names_that_are_no_channel_are_refused_alike(channel: str) -> None:
    assert access.topic(somebody(Role.ADMINISTRATOR), channel) is None
