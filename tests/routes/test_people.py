"""Accounts, devices and the trail over HTTP: what each role gets, and what is refused."""

import re
import urllib.parse

from aiohttp.test_utils import TestClient
from yarl import URL

from tests.population import PASSWORD, Population

EVE = {"email": "eve@example.org", "username": "eve", "password": PASSWORD}


async def test_anybody_registers_and_signs_in(client: TestClient, town: Population) -> None:
    response = await client.post("/v1/accounts", json=EVE | {"role": "mechanic", "language": "fr"})
    said = await response.json()
    signed_in = await client.post("/v1/sessions", json={"email": EVE["email"], "password": PASSWORD})

    assert response.status == 201
    assert set(said) == {"id", "role"}
    assert said["role"] == "mechanic"
    assert signed_in.status == 200


async def test_operators_are_an_administrators_to_make(client: TestClient, town: Population) -> None:
    wanted = EVE | {"role": "operator", "provider": "orange"}
    for headers in ({}, town.ada.headers, town.orange.headers, {"Authorization": f"Bearer {town.phone.token}"}):
        assert (await client.post("/v1/accounts", json=wanted, headers=headers)).status == 403

    assert (await client.post("/v1/accounts", json=wanted, headers=town.admin.headers)).status == 201


async def test_bad_application_is_answered_with_paths_and_reasons(client: TestClient, town: Population) -> None:
    for body, path in (
        ({}, "email"),
        (EVE | {"email": 7}, "email"),
        (EVE | {"role": "emperor"}, "role"),
        (EVE | {"language": "de"}, "language"),
        (EVE | {"password": "password12"}, "password"),
        (EVE | {"username": "e v e"}, "username"),
        (EVE | {"email": "eve@"}, "email"),
        (EVE | {"email": "eve\u0000@example.org"}, "email"),
        (EVE | {"role": "operator", "provider": "\u0000"}, "provider"),
    ):
        response = await client.post("/v1/accounts", json=body)
        said = await response.json()

        assert response.status == 422, body
        assert said["type"] == "/problems/invalid_field"
        assert said["errors"][0]["path"] == path
        assert said["errors"][0]["reason"]


async def test_taken_email_is_a_conflict_that_names_nothing(client: TestClient, town: Population) -> None:
    by_email = await client.post("/v1/accounts", json=EVE | {"email": "ADA@example.org"})
    by_name = await client.post("/v1/accounts", json=EVE | {"username": "ADA"})

    assert by_email.status == by_name.status == 409
    assert await by_email.read() == await by_name.read()


async def test_own_account_is_shown_to_each_without_secrets(client: TestClient, town: Population) -> None:
    said = await (await client.get("/v1/accounts/me", headers=town.mtn.headers)).json()

    assert set(said) == {
        "id", "email", "username", "role", "provider", "language", "full_name", "phone", "attributes",
        "is_active", "created_at", "modified_at",
        "last_active_on",
    }  # fmt: skip
    assert (said["username"], said["provider"]) == ("mtn-operator", "mtn")


async def test_profile_is_changed_in_parts_and_taken_back(client: TestClient, town: Population) -> None:
    path, headers = "/v1/accounts/me", town.ada.headers
    first = {"full_name": " Ada  Ngo ", "phone": "00237 6 71-23-45-67", "attributes": {"town": "Kribi", "km": 12}}
    said = await (await client.patch(path, json=first, headers=headers)).json()
    assert (said["full_name"], said["phone"], said["language"]) == ("Ada Ngo", "+237671234567", None)

    later = {"phone": None, "language": "fr", "attributes": {"km": None, "works": True}}
    said = await (await client.patch(path, json=later, headers=headers)).json()
    assert (said["full_name"], said["phone"], said["language"]) == ("Ada Ngo", None, "fr")
    assert said["attributes"] == {"town": "Kribi", "works": True}
    assert said == await (await client.get(path, headers=headers)).json()
    listed = await (await client.get("/v1/accounts", headers=town.admin.headers)).json()
    assert next(each for each in listed["items"] if each["username"] == "ada") == said

    said = await (await client.patch(path, json={"attributes": None, "full_name": None}, headers=headers)).json()
    assert (said["full_name"], said["attributes"]) == (None, {})


async def test_bad_profile_is_answered_with_its_fields(client: TestClient, town: Population) -> None:
    for body, path in (
        ({"full_name": ""}, "full_name"),
        ({"full_name": " "}, "full_name"),
        ({"full_name": "a\u0007"}, "full_name"),
        ({"full_name": "a" * 129}, "full_name"),
        ({"phone": "671234567"}, "phone"),
        ({"phone": "+23767123456789012"}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"language": None}, "language"),
        ({"attributes": []}, "attributes"),
        ({"attributes": {"Town": "x"}}, "attributes"),
        ({"attributes": {"town": "x" * 257}}, "attributes"),
        ({"attributes": {"town": "\u0000"}}, "attributes"),
        ({"attributes": {"town": ["x"]}}, "attributes"),
        ({"attributes": {f"a{n}": n for n in range(33)}}, "attributes"),
        ({"attributes": {f"a{n}": "x" * 200 for n in range(25)}}, "attributes"),
    ):
        response = await client.patch("/v1/accounts/me", json=body, headers=town.ada.headers)
        said = await response.json()

        assert response.status == 422, body
        assert said["errors"][0]["path"].startswith(path), said

    assert (await (await client.get("/v1/accounts/me", headers=town.ada.headers)).json())["attributes"] == {}


async def test_new_password_ends_every_other_session(client: TestClient, town: Population) -> None:
    new = "a dry morning in Maroua"
    elsewhere = await client.post("/v1/sessions", json={"email": town.ada.email, "password": PASSWORD})
    other = await elsewhere.json()
    body = {"old_password": PASSWORD, "new_password": new}
    response = await client.put("/v1/accounts/me/password", json=body, headers=town.ada.headers)

    assert response.status == 204
    assert (await client.get("/v1/accounts/me", headers=town.ada.headers)).status == 200
    dead = {"Authorization": f"Bearer {other['access_token']}"}
    assert (await client.get("/v1/accounts/me", headers=dead)).status == 401
    refreshing = await client.post("/v1/sessions/refresh", json={"refresh_token": other["refresh_token"]})
    assert refreshing.status == 401
    for password, status in ((PASSWORD, 401), (new, 200)):
        signing_in = await client.post("/v1/sessions", json={"email": town.ada.email, "password": password})
        assert signing_in.status == status
    phone = {"Authorization": f"Bearer {town.phone.token}"}
    assert (await client.put("/v1/accounts/me/password", json=body, headers=phone)).status == 403
    assert (await client.get("/v1/accounts/me", headers=town.ben.headers)).status == 200


async def test_bad_new_password_changes_nothing(client: TestClient, town: Population) -> None:
    for old, new, path in (
        ("not the old one", "a dry morning in Maroua", "old_password"),
        (PASSWORD, "password12", "new_password"),
        (PASSWORD, town.ada.email, "new_password"),
        (PASSWORD, PASSWORD, "new_password"),
    ):
        body = {"old_password": old, "new_password": new}
        response = await client.put("/v1/accounts/me/password", json=body, headers=town.ada.headers)
        assert response.status == 422
        assert {each["path"] for each in (await response.json())["errors"]} == {path}

    signing_in = await client.post("/v1/sessions", json={"email": town.ada.email, "password": PASSWORD})
    assert signing_in.status == 200


async def test_old_password_is_not_for_guessing(client: TestClient, town: Population) -> None:
    body = {"old_password": "not the old one", "new_password": "a dry morning in Maroua"}
    seen = [
        (await client.put("/v1/accounts/me/password", json=body, headers=town.ada.headers)).status for _ in range(12)
    ]

    assert seen[0] == 422
    assert seen[-1] == 429


async def test_administration_is_closed_to_everybody_else(client: TestClient, town: Population) -> None:
    calls = (
        ("GET", "/v1/accounts", None),
        ("PATCH", f"/v1/accounts/{town.ben.identity.account}", {"is_active": False}),
        ("GET", "/v1/audit", None),
    )
    for method, path, body in calls:
        for person in (town.ada, town.mechanic, town.mtn, town.analyst):
            assert (await client.request(method, path, json=body, headers=person.headers)).status == 403
        phone = {"Authorization": f"Bearer {town.phone.token}"}
        assert (await client.request(method, path, json=body, headers=phone)).status == 403
        assert (await client.request(method, path, json=body)).status == 401


async def test_accounts_come_in_pages_with_links(client: TestClient, town: Population) -> None:
    names: list[str] = []
    path = "/v1/accounts?limit=3"
    for _ in range(3):
        response = await client.get(path, headers=town.admin.headers)
        said = await response.json()
        names += [each["username"] for each in said["items"]]
        if said["next"] is None:
            assert "Link" not in response.headers
            break
        path = str(URL(response.links["next"]["url"]).relative())
        assert f"after={said['next']}" in path

    assert len(names) == len(set(names)) == 7


async def test_bad_query_is_answered_with_its_parameter(client: TestClient, town: Population) -> None:
    for query, path in (
        ("limit=0", "limit"),
        ("after=" + "0" * 30, "after"),
        ("after=" + "9" * 19, "after"),
        ("limit=x", "limit"),
        ("role=emperor", "role"),
        ("after=x", "after"),
    ):
        response = await client.get(f"/v1/accounts?{query}", headers=town.admin.headers)

        assert response.status == 422
        assert (await response.json())["errors"][0]["path"] == path


async def test_suspended_person_is_out_at_once(client: TestClient, town: Population) -> None:
    path = f"/v1/accounts/{town.ada.identity.account}"
    response = await client.patch(path, json={"is_active": False}, headers=town.admin.headers)

    assert response.status == 200
    assert (await response.json())["is_active"] is False
    assert (await client.get("/v1/accounts/me", headers=town.ada.headers)).status == 403
    signing_in = await client.post("/v1/sessions", json={"email": town.ada.email, "password": PASSWORD})
    assert (await signing_in.json())["type"] == "/problems/suspended"

    await client.patch(path, json={"is_active": True}, headers=town.admin.headers)
    assert (await client.post("/v1/sessions", json={"email": town.ada.email, "password": PASSWORD})).status == 200


async def test_unknown_account_is_not_found(client: TestClient, town: Population) -> None:
    for name in ("999999", "0", "x", "1.5", "-1", "9" * 19, "9" * 5000):
        response = await client.patch(f"/v1/accounts/{name}", json={"is_active": True}, headers=town.admin.headers)
        assert response.status == 404


async def test_phone_is_enrolled_by_code(client: TestClient, town: Population) -> None:
    claim = await (await client.post("/v1/devices/claims", headers=town.ben.headers)).json()
    response = await client.post("/v1/devices", json={"code": claim["code"], "name": "Ben's phone"})
    said = await response.json()
    again = await client.post("/v1/devices", json={"code": claim["code"], "name": "Eve's phone"})
    listed = await (await client.get("/v1/devices", headers=town.ben.headers)).json()

    assert set(claim) == {"code", "expires_at", "qr"}
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}", claim["code"])
    assert response.status == 201
    assert set(said) == {"id", "token"}
    assert (again.status, (await again.json())["type"]) == (410, "/problems/claim_invalid")
    assert [(each["id"], each["name"]) for each in listed["items"]] == [(said["id"], "Ben's phone")]


async def test_code_is_drawn_as_a_picture(client: TestClient, town: Population) -> None:
    claim = await (await client.post("/v1/devices/claims", headers=town.ben.headers)).json()

    kind, _, picture = claim["qr"].partition(",")
    assert kind.startswith("data:image/svg+xml")
    assert urllib.parse.unquote(picture).startswith("<svg")


async def test_device_name_is_checked(client: TestClient, town: Population) -> None:
    claim = await (await client.post("/v1/devices/claims", headers=town.ben.headers)).json()
    for name in ("", "x" * 65, "a\u0000b", "a\nb", 7):
        response = await client.post("/v1/devices", json={"code": claim["code"], "name": name})
        assert response.status == 422
        assert (await response.json())["errors"][0]["path"] == "name"


async def test_each_revokes_her_own_devices(client: TestClient, town: Population) -> None:
    path = f"/v1/devices/{town.phone.id}"
    assert (await client.delete(path, headers=town.ben.headers)).status == 404
    assert (await client.delete(path, headers=town.mtn.headers)).status == 404
    assert (await client.delete(path)).status == 401

    assert (await client.delete(path, headers=town.ada.headers)).status == 204

    assert (await client.delete(path, headers=town.ada.headers)).status == 404
    (device,) = (await (await client.get("/v1/devices", headers=town.ada.headers)).json())["items"]
    assert device["revoked_at"] is not None


async def test_phone_may_do_nothing_here(client: TestClient, town: Population) -> None:
    phone = {"Authorization": f"Bearer {town.phone.token}"}
    for method, path in (
        ("GET", "/v1/accounts/me"),
        ("GET", "/v1/devices"),
        ("POST", "/v1/devices/claims"),
        ("DELETE", f"/v1/devices/{town.phone.id}"),
    ):
        response = await client.request(method, path, headers=phone)
        assert response.status == 403
        assert (await response.json())["type"] == "/problems/not_allowed"


async def test_trail_is_read_by_table_and_row(client: TestClient, town: Population) -> None:
    query = {"table_name": "devices", "row_id": str(town.phone.id)}
    response = await client.get("/v1/audit", params=query, headers=town.admin.headers)
    said = await response.json()

    (entry,) = said["items"]
    assert (entry["action"], entry["table_name"], entry["row_id"]) == ("insert", "devices", str(town.phone.id))
    assert "token_hash" not in entry["after"]
