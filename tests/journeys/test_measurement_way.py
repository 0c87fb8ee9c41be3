"""From a phone's frame to the operator's console, through everything that is real."""

import asyncio

import pytest

from tests.journeys.conftest import World, measurement

RULE = {
    "provider": "mtn", "kpi": "latency_ms", "statistic": "mean", "comparison": "above", "threshold": 100.0,
    "window_s": 60, "for_s": 0, "keep_firing_for_s": 0, "min_samples": 5, "severity": "major", "scope": {},
    "enabled": True,
}  # fmt: skip


@pytest.mark.parametrize("binary", [False, True])
async def test_slow_minutes_open_an_alert_on_the_operators_console(world: World, *, binary: bool) -> None:
    operator = await world.person("operator", "mtn")
    status, rule = await world.call("POST", "/v1/rules", operator, RULE)
    assert status == 201, rule
    console = await world.console(operator, binary=binary)
    joined = await console.say("subscribe", channel="alerts:mtn")
    assert joined["snapshot"] == {"rows": []}
    phone = await world.phone(await world.device(), binary=binary)

    answer = await phone.say("measure", seq=1, items=[measurement(latency_ms=400) for _ in range(20)])
    assert answer == {"seq": 1, "last_seq": 1, "stored": 20, "quarantined": []}

    opened = await console.push(lambda event: event.get("event") == "alert.opened")
    assert opened["channel"] == "alerts:mtn"
    alert = opened["data"]
    assert (alert["state"], alert["severity"], alert["cause"]) == ("firing", "major", "latency")
    assert (alert["rule"], alert["value"], alert["samples"], alert["devices"]) == (rule["id"], 400.0, 20, 1)

    # A rule with nothing to wait for clears as soon as the window's mean is good again.
    await phone.say("measure", seq=2, items=[measurement(latency_ms=1) for _ in range(200)])
    cleared = await console.push(lambda event: event.get("event") == "alert.cleared")
    assert cleared["data"]["id"] == alert["id"]
    assert cleared["data"]["version"] > alert["version"]


async def test_kpis_and_measurements_arrive_without_device_or_person(world: World) -> None:
    operator = await world.person("operator", "mtn")
    console = await world.console(operator)
    for channel in ("kpis:mtn", "measurements:mtn"):
        await console.say("subscribe", channel=channel)
    phone = await world.phone(await world.device())

    await phone.say(
        "measure", seq=1, items=[measurement(latency_ms=50, network_type="LTE", latitude=4.15, longitude=9.24)]
    )

    newest = await console.push(lambda event: event["event"] == "measurement.updated")
    assert newest["data"]["id"].endswith("/4G")
    assert not {"device", "subject", "person", "stream", "latitude", "longitude"} & set(newest["data"])
    whole = await console.push(lambda event: event["data"].get("id") == "latency_ms/*/*")
    assert whole["data"]["mean"] == 50
    assert whole["data"]["samples"] == 1
    assert whole["data"]["p95"] == pytest.approx(50, rel=0.06)


async def test_acknowledging_in_one_console_shows_in_the_other(world: World) -> None:
    operator = await world.person("operator", "mtn")
    await world.call("POST", "/v1/rules", operator, RULE | {"keep_firing_for_s": 600})
    consoles = [await world.console(operator) for _ in range(2)]
    for console in consoles:
        await console.say("subscribe", channel="alerts:mtn")
    phone = await world.phone(await world.device())
    await phone.say("measure", seq=1, items=[measurement(latency_ms=400) for _ in range(20)])
    alert = (await consoles[0].push(lambda event: event.get("event") == "alert.opened"))["data"]

    status, answer = await world.call("POST", f"/v1/alerts/{alert['id']}/acknowledge", operator)

    assert status == 200, answer
    changed = await consoles[1].push(lambda event: bool(event["data"].get("acknowledged_by")))
    assert changed["data"]["acknowledged_by"] == answer["acknowledged_by"]
    assert [entry["action"] for entry in answer["history"]] == ["opened", "acknowledged"]


async def test_no_operator_sees_anothers_network(world: World) -> None:
    orange = await world.person("operator", "orange")
    mtn = await world.person("operator", "mtn")
    await world.call("POST", "/v1/rules", mtn, RULE)
    phone = await world.phone(await world.device())
    await phone.say("measure", seq=1, items=[measurement(latency_ms=400) for _ in range(20)])
    console = await world.console(orange)
    for channel in ("alerts:mtn", "kpis:mtn", "measurements:mtn", "feedback:mtn", "alerts:nobody", "ops"):
        answer = await console.say("subscribe", channel=channel)
        assert answer["error"]["type"] == "/problems/not_allowed"

    for path in ("/v1/measurements?provider=mtn", "/v1/alerts?provider=mtn", "/v1/rules?provider=mtn"):
        status, answer = await world.call("GET", path, orange)
        assert (status, answer.get("items")) == (200, [])
    for path in ("/v1/kpis?provider=mtn&kpi=latency_ms", "/v1/areas?provider=mtn", "/v1/overview?provider=mtn"):
        assert (await world.call("GET", path, orange))[0] == 404
    status, _ = await world.call("POST", "/v1/rules", orange, RULE)
    assert status == 403
    assert len((await world.call("GET", "/v1/measurements", mtn))[1]["items"]) == 20


async def test_what_was_sent_over_rest_is_the_same_way(world: World) -> None:
    device = await world.device()
    status, answer = await world.call("POST", "/v1/measurements", device, measurement(latency_ms=20))
    assert (status, answer["stored"]) == (200, 1)
    stream = "0192f1de-0000-7000-8000-000000000001"
    batch = {"stream": stream, "seq": 1, "items": [measurement(), {"carrier": "MTN"}]}

    first = await world.call("POST", "/v1/measurements/batch", device, batch)
    again = await world.call("POST", "/v1/measurements/batch", device, batch)

    assert first[1]["stored"] == 1
    assert first[1]["quarantined"][0]["path"] == "measured_at"
    assert again[1] == {"seq": 1, "last_seq": 1, "duplicate": True}
    await asyncio.sleep(0)
