"""Makes what examples of calls name but cannot hold: claims, devices, alerts, tokens, the time of day."""

import datetime
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

from monitor.routes.route import AnyRoute
from monitor.values import Role
from tests import files, sending
from tests.journeys.conftest import PASSWORD, World, measurement
from tests.journeys.diagnosing import conclude

RULE = {
    "provider": "mtn", "kpi": "latency_ms", "statistic": "mean", "comparison": "above", "threshold": 100.0,
    "window_s": 60, "for_s": 0, "keep_firing_for_s": 600, "min_samples": 5, "severity": "major", "scope": {},
    "enabled": True,
}  # fmt: skip


async def caller(world: World, route: AnyRoute) -> str | None:
    """A token of the weakest account that may call the route; None where none is needed."""
    if route.devices:
        return await world.device()
    if route.roles is None:
        return None
    roles = ((Role.SUBSCRIBER, None), (Role.OPERATOR, "mtn"), (Role.ANALYST, None), (Role.ADMINISTRATOR, None))
    for role, provider in roles:
        if role in route.roles:
            return await world.person(role, provider)
    raise AssertionError(route.roles)


async def _claim(world: World, token: str | None) -> str:
    _, claim = await world.call("POST", "/v1/devices/claims", token or await world.person())
    return str(claim["code"])


async def device(world: World, token: str | None) -> int:
    """A new device's id."""
    _, made = await world.call("POST", "/v1/devices", body={"code": await _claim(world, token), "name": "phone"})
    return int(made["id"])


async def _account(world: World, _: str | None) -> int:
    return (await _register(world))[0]


async def _email(world: World, _: str | None) -> str:
    return (await _register(world))[1]


async def _register(world: World) -> tuple[int, str]:
    name = f"person{next(world.names)}"
    body = {"email": f"{name}@example.org", "username": name, "password": PASSWORD}
    status, made = await world.call("POST", "/v1/accounts", body=body)
    assert status == 201, made
    return made["id"], f"{name}@example.org"


async def _refresh_token(world: World, _: str | None) -> str:
    _, email = await _register(world)
    _, session = await world.call("POST", "/v1/sessions", body={"email": email, "password": PASSWORD})
    return str(session["refresh_token"])


async def _token(world: World, token: str | None) -> str:
    return token or await world.person()


async def _rule(world: World, token: str | None) -> int:
    status, made = await world.call("POST", "/v1/rules", token, RULE)
    assert status == 201, made
    return int(made["id"])


async def _alert(world: World, token: str | None) -> int:
    """An open alert of the operator's; the first one made serves every example."""
    _, page = await world.call("GET", "/v1/alerts?state=open&limit=1", token)
    if page["items"]:
        return int(page["items"][0]["id"])
    assert token is not None
    console = await world.console(token)
    await console.say("subscribe", channel="alerts:mtn")
    await _rule(world, token)
    phone = await world.phone(await world.device())
    await phone.say("measure", seq=1, items=[measurement(latency_ms=400) for _ in range(20)])
    opened = await console.push(lambda event: event["event"] == "alert.opened")
    return int(opened["data"]["id"])


async def _now(_: World, __: str | None) -> str:
    return datetime.datetime.now(datetime.UTC).isoformat()


async def _soon(_: World, __: str | None) -> str:
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).isoformat()


async def _items(_: World, __: str | None) -> list[dict[str, object]]:
    return [measurement(latency_ms=48, latitude=4.155, longitude=9.241)]


async def _stream(_: World, __: str | None) -> str:
    return str(uuid4())


async def _photo(world: World, token: str | None) -> str:
    return await sending.send(world, token or await world.person(), files.picture())


async def _recording(world: World, token: str | None) -> str:
    return await sending.send(world, token or await world.person(), files.wav(), "sound")


async def _link(world: World, _: str | None) -> str:
    token = await world.person()
    photo = await _photo(world, token)
    status, made = await world.call("POST", f"/v1/media/{photo}/links", token, {"expires_in_s": 60})
    assert status == 201, made
    return str(made["url"]).rpartition("/")[2]


async def _upload(world: World, token: str | None) -> str:
    address = await sending.begin(world, token or await world.person(), secrets.token_bytes(18))
    return address.rpartition("/")[2]


async def _upload_metadata(_: World, __: str | None) -> str:
    return sending.metadata(secrets.token_bytes(18))


async def _vehicle(world: World, token: str | None) -> int:
    status, made = await world.call("POST", "/v1/vehicles", token, {"name": "Toyota", "fuel": "petrol"})
    assert status == 201, made
    return int(made["id"])


async def _diagnosis(world: World, token: str | None) -> int:
    """A concluded one."""
    status, opened = await world.call("POST", "/v1/diagnoses", token, {"description": "it shakes at idle, P0301"})
    assert status == 202, opened
    await conclude(world, opened["diagnosis"])
    return int(opened["diagnosis"])


async def _sha256(_: World, __: str | None) -> str:
    return secrets.token_hex(32)


async def _password(_: World, __: str | None) -> str:
    return PASSWORD


LIVE: Mapping[str, Callable[[World, str | None], Awaitable[Any]]] = {
    "access_token": _token,
    "account": _account,
    "alert": _alert,
    "claim": _claim,
    "device": device,
    "device_token": _token,
    "email": _email,
    "items": _items,
    "now": _now,
    "password": _password,
    "refresh_token": _refresh_token,
    "rule": _rule,
    "sha256": _sha256,
    "soon": _soon,
    "stream": _stream,
    "diagnosis": _diagnosis,
    "link": _link,
    "photo": _photo,
    "recording": _recording,
    "upload": _upload,
    "vehicle": _vehicle,
    "upload_metadata": _upload_metadata,
}
"""where the live members of examples come from"""
