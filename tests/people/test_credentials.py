"""Which passwords are good enough, and how they are kept."""

import pytest

from monitor.people import credentials


def faults(password: str) -> list[str]:
    return credentials.faults(password, email="ada.obi@example.org", username="ada_obi99")


@pytest.mark.parametrize(
    "password",
    ["a rainy night in Kribi", "Tr0ub4dor&3x", "kola-nut-7-moto", "пароль-никто-не", "x" * 5 + "abcdefghijk"],
)
def test_good_passwords_pass(password: str) -> None:
    assert faults(password) == []


@pytest.mark.parametrize(
    "password",
    [
        "password12",
        "P@ssw0rd2024!",
        "Motdepasse1",
        "qwertyuiop",
        "azertyuiop1",
        "1q2w3e4r5t",
        "0123456789",
        "19840615123",
        "Roadpulse2026",
        "iloveyou!!!",
        "football2024",
        "passwordpassword",
    ],
)
def test_passwords_that_guessers_try_first_are_refused(password: str) -> None:
    assert faults(password) == ["it is one of the passwords that are tried first"]


@pytest.mark.parametrize("password", ["ada_obi99", "ADA.OBI@example.org", "ada.obi"])
def test_the_own_name_is_no_password(password: str) -> None:
    assert "it is the e-mail or the username" in faults(password)


@pytest.mark.parametrize("password", ["", "short-1", "x" * 8 + "yz" * 61])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    assert faults(password)[0] == "10 to 128 characters are needed"


def test_few_different_characters_are_refused() -> None:
    assert faults("121212121212") == ["at least 5 different characters are needed"]


def test_hash_matches_its_password_only() -> None:
    stored = credentials.hashed("a rainy night", 4)

    assert credentials.matches("a rainy night", stored)
    assert not credentials.matches("a rainy nighT", stored)


def test_hash_is_salted() -> None:
    assert credentials.hashed("a rainy night", 4) != credentials.hashed("a rainy night", 4)


def test_what_comes_after_72_bytes_counts() -> None:
    stored = credentials.hashed("x" * 100 + "a", 4)

    assert not credentials.matches("x" * 100 + "b", stored)


def test_what_comes_after_a_zero_character_counts() -> None:
    assert not credentials.matches("secret\x00b", credentials.hashed("secret\x00a", 4))


def test_the_same_letters_written_otherwise_match() -> None:
    composed, decomposed = "caf\u00e9 de nuit", "cafe\u0301 de nuit"

    assert credentials.matches(decomposed, credentials.hashed(composed, 4))


def test_decoy_matches_nothing_and_costs_the_given_rounds() -> None:
    decoy = credentials.decoy(5)

    assert decoy.startswith("$2b$05$")
    assert not credentials.matches("", decoy)
