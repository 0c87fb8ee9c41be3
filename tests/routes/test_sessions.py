"""Signing in, refreshing and signing out over HTTP, with tokens in hand and in the cookie."""

import jwt
import msgspec
import pytest
from aiohttp.test_utils import TestClient

from monitor.settings import Settings
from tests.population import PASSWORD, Population
from tests.routes.conftest import open_door

COOKIE = "roadpulse_refresh"
CREDENTIALS = {"email": "ada@example.org", "password": PASSWORD}


async def test_signing_in_gives_tokens_role_and_provider(client: TestClient, town: Population) -> None:
    response = await client.post("/v1/sessions", json={"email": "mtn-operator@example.org", "password": PASSWORD})

    said = await response.json()
    assert response.status == 200
    assert set(said) == {"access_token", "expires_at", "refresh_token", "role", "provider"}
    assert (said["role"], said["provider"]) == ("operator", "mtn")
    assert response.headers["Cache-Control"] == "no-store"
    assert COOKIE not in response.cookies


async def test_wrong_password_and_unknown_email_cannot_be_told_apart(client: TestClient, town: Population) -> None:
    answers = []
    for credentials in ({**CREDENTIALS, "password": "not hers"}, {**CREDENTIALS, "email": "nobody@example.org"}):
        response = await client.post("/v1/sessions", json=credentials)
        answers.append((response.status, await response.read(), set(response.headers)))

    assert answers[0] == answers[1]
    assert answers[0][0] == 401


async def test_text_that_no_database_holds_is_refused(client: TestClient) -> None:
    response = await client.post("/v1/sessions", json=CREDENTIALS | {"email": "ada\u0000@example.org"})

    assert response.status == 422
    assert (await response.json())["type"] == "/problems/invalid_field"


async def test_cookie_is_closed_to_scripts_and_other_sites(client: TestClient, town: Population) -> None:
    response = await client.post("/v1/sessions", json=CREDENTIALS | {"cookie": True})

    cookie = response.cookies[COOKIE]
    assert "refresh_token" not in await response.json()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/v1/sessions")
    assert cookie["max-age"] == "2592000"
    assert cookie["secure"] == ""


async def test_cookie_is_secure_over_tls(settings: Settings, town: Population) -> None:
    behind_proxy = msgspec.structs.replace(settings.server, trusted_proxies=1)
    async with open_door(msgspec.structs.replace(settings, server=behind_proxy)) as client:
        response = await client.post(
            "/v1/sessions", json=CREDENTIALS | {"cookie": True}, headers={"X-Forwarded-Proto": "https"}
        )

        assert response.cookies[COOKIE]["secure"] is True
        assert "Strict-Transport-Security" in response.headers


async def test_refresh_by_body_rotates(client: TestClient, town: Population) -> None:
    old = town.ada.signed_in.refresh_token
    response = await client.post("/v1/sessions/refresh", json={"refresh_token": old})
    said = await response.json()

    assert response.status == 200
    assert said["refresh_token"] != old
    assert said["role"] == "subscriber"
    me = await client.get("/v1/accounts/me", headers={"Authorization": f"Bearer {said['access_token']}"})
    assert me.status == 200


async def test_refresh_by_cookie_rotates_the_cookie(client: TestClient, town: Population) -> None:
    first = (await client.post("/v1/sessions", json=CREDENTIALS | {"cookie": True})).cookies[COOKIE].value
    response = await client.post("/v1/sessions/refresh", cookies={COOKIE: first})

    assert response.status == 200
    assert "refresh_token" not in await response.json()
    assert response.cookies[COOKIE].value not in {"", first}


async def test_reuse_ends_the_session(client: TestClient, town: Population) -> None:
    old = town.ada.signed_in.refresh_token
    said = await (await client.post("/v1/sessions/refresh", json={"refresh_token": old})).json()
    again = await client.post("/v1/sessions/refresh", json={"refresh_token": old})
    newest = await client.post("/v1/sessions/refresh", json={"refresh_token": said["refresh_token"]})
    access = await client.get("/v1/accounts/me", headers={"Authorization": f"Bearer {said['access_token']}"})

    assert [again.status, newest.status, access.status] == [401, 401, 401]
    assert (await again.json())["type"] == "/problems/token_invalid"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
async def test_another_origins_page_cannot_use_the_cookie(client: TestClient, town: Population, origin: str) -> None:
    cookies = {COOKIE: town.ada.signed_in.refresh_token}
    for method, path in (("POST", "/v1/sessions/refresh"), ("DELETE", "/v1/sessions/current")):
        response = await client.request(method, path, cookies=cookies, headers={"Origin": origin})
        assert response.status == 403

    response = await client.post("/v1/sessions/refresh", cookies=cookies, headers={"Sec-Fetch-Site": "same-site"})
    assert response.status == 403


async def test_own_page_can(client: TestClient, town: Population) -> None:
    origin = str(client.make_url("/")).rstrip("/")
    response = await client.post(
        "/v1/sessions/refresh", cookies={COOKIE: town.ada.signed_in.refresh_token}, headers={"Origin": origin}
    )

    assert response.status == 200


async def test_signing_out_by_cookie_ends_it(client: TestClient, town: Population) -> None:
    cookies = {COOKIE: town.ada.signed_in.refresh_token}
    response = await client.delete("/v1/sessions/current", cookies=cookies)
    after = await client.post("/v1/sessions/refresh", cookies=cookies)

    assert response.status == 204
    assert response.cookies[COOKIE].value == ""
    assert response.cookies[COOKIE]["max-age"] == "0"
    assert after.status == 401


async def test_signing_out_by_access_token_ends_it(client: TestClient, town: Population) -> None:
    response = await client.delete("/v1/sessions/current", headers=town.ada.headers)
    after = await client.get("/v1/accounts/me", headers=town.ada.headers)

    assert (response.status, after.status) == (204, 401)


async def test_signing_out_without_anything_is_refused(client: TestClient, town: Population) -> None:
    for headers in ({}, {"Authorization": f"Bearer {town.phone.token}"}, {"Authorization": "Bearer x"}):
        assert (await client.delete("/v1/sessions/current", headers=headers)).status == 401


async def test_refresh_without_anything_is_refused(client: TestClient) -> None:
    response = await client.post("/v1/sessions/refresh")

    assert response.status == 401
    assert (await response.json())["type"] == "/problems/not_signed_in"


async def test_attempts_are_limited_by_address(settings: Settings) -> None:
    limits = msgspec.structs.replace(settings.limits, strangers_per_minute=3)
    async with open_door(msgspec.structs.replace(settings, limits=limits)) as client:
        statuses = []
        for n in range(4):
            response = await client.post("/v1/sessions", json={"email": f"{n}@example.org", "password": "wrong"})
            statuses.append(response.status)

        said = await response.json()
        assert statuses == [401, 401, 401, 429]
        assert said["type"] == "/problems/too_many_requests"
        assert 1000 <= said["retry_after_ms"] <= 60_000
        assert int(response.headers["Retry-After"]) * 1000 >= said["retry_after_ms"]


async def test_attempts_are_limited_by_email_from_many_addresses(settings: Settings) -> None:
    limits = msgspec.structs.replace(settings.limits, sign_ins_per_minute=3)
    server = msgspec.structs.replace(settings.server, trusted_proxies=1)
    async with open_door(msgspec.structs.replace(settings, limits=limits, server=server)) as client:
        statuses = []
        for n in range(4):
            headers = {"X-Forwarded-For": f"spoofed, 10.0.0.{n}"}
            response = await client.post("/v1/sessions", json=CREDENTIALS, headers=headers)
            statuses.append(response.status)

        assert statuses == [401, 401, 401, 429]


async def test_a_right_password_sets_the_count_of_its_email_back(settings: Settings) -> None:
    limits = msgspec.structs.replace(settings.limits, sign_ins_per_minute=3)
    async with open_door(msgspec.structs.replace(settings, limits=limits)) as client:
        right = {"email": "eve@example.org", "password": PASSWORD}
        eve = right | {"username": "eve", "role": "subscriber", "language": "en"}
        assert (await client.post("/v1/accounts", json=eve)).status == 201
        wrong = right | {"password": "not this one"}
        tried = [wrong, wrong, right, wrong, wrong, right, wrong, wrong, wrong, right]

        statuses = [(await client.post("/v1/sessions", json=body)).status for body in tried]

        assert statuses == [401, 401, 200, 401, 401, 200, 401, 401, 401, 429]


async def test_published_keys_verify_tokens_and_hold_no_private_half(client: TestClient, town: Population) -> None:
    response = await client.get("/.well-known/jwks.json")
    said = await response.json()

    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert [set(key) for key in said["keys"]] == [{"kty", "crv", "x", "kid", "alg", "use"}]
    key = jwt.PyJWK(said["keys"][0])
    claims = jwt.decode(town.ada.token, key, algorithms=["EdDSA"], audience="roadpulse", issuer="roadpulse")
    assert claims["role"] == "subscriber"


async def test_ticket_is_sold_to_accounts_only(client: TestClient, town: Population) -> None:
    sold = await client.post("/v1/stream-tickets", headers=town.ada.headers)
    said = await sold.json()
    phone = await client.post("/v1/stream-tickets", headers={"Authorization": f"Bearer {town.phone.token}"})
    nobody = await client.post("/v1/stream-tickets")

    assert sold.status == 200
    assert set(said) == {"ticket", "expires_at"}
    assert said["ticket"].startswith("rpt_")
    assert (phone.status, nobody.status) == (403, 401)
