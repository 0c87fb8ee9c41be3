"""A diagnosis from the driver's socket through files, workers and models back to the driver, with everything real."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from monitor import worker
from monitor.settings import Settings
from monitor.work.inference import Readers
from tests.journeys.conftest import LIMIT_S, Socket, World
from tests.journeys.diagnosing import ended, photo, recording, send


@pytest.fixture
async def readers(settings: Settings, world: World) -> AsyncIterator[Readers]:
    async with worker.at_work(settings, processes=1, stopping=asyncio.Event()) as readers:
        yield readers


async def test_words_alone_are_diagnosed(world: World, readers: Readers) -> None:
    token = await world.person()
    driver = await world.console(token)
    await driver.say("subscribe", channel="me")
    opened = await driver.say(
        "diagnose", description="Le voyant huile est allumé, et ça claque", codes=["p0301"], language="fr"
    )
    event = await ended(driver, opened["diagnosis"])

    diagnosis = event["data"]
    assert event["event"] == "diagnosis.concluded"
    assert diagnosis["state"] == "concluded"
    assert diagnosis["codes"] == ["P0301"]
    assert diagnosis["result"]["verdict"]["verdict"] == "stop"
    assert diagnosis["result"]["verdict"]["by_rule"]
    assert "light:oil_pressure" in {said["evidence"] for said in diagnosis["result"]["said"]}
    assert await world.call("GET", f"/v1/diagnoses/{diagnosis['id']}", token) == (200, diagnosis)


async def test_photo_and_recording_are_judged_read_and_concluded(world: World, readers: Readers) -> None:
    token = await world.person()
    driver = await world.console(token)
    await driver.say("subscribe", channel="me")
    files = [await send(driver, photo()), await send(driver, recording(), "sound")]
    opened = await driver.say("diagnose", media=files, language="en")
    event = await ended(driver, opened["diagnosis"])

    assert event["event"] == "diagnosis.concluded", event
    result = event["data"]["result"]
    assert [read["media"] for read in result["read"]] == files
    assert [read["kind"] for read in result["read"]] == ["dashboard", "sound"]
    assert all(read["findings"] for read in result["read"])
    assert all(file["quality"] is not None for file in event["data"]["media"])
    examined = [event for event in driver.pushes if event["event"] == "media.examined"]
    assert sorted(event["data"]["media"] for event in examined) == sorted(files)


def stages(driver: Socket, diagnosis: int) -> list[str]:
    """What was told of its progress, in order; each newer than the one before."""
    told = [
        event["data"] for event in driver.pushes
        if event["event"] == "diagnosis.progress" and event["data"]["id"] == diagnosis
    ]  # fmt: skip
    versions = [each["version"] for each in told]
    assert versions == sorted(set(versions))
    return [each["stage"] for each in told]


async def test_stages_are_told_in_their_order_and_a_known_file_goes_straight_to_reasoning(
    world: World, settings: Settings
) -> None:
    driver = await world.console(await world.person())
    await driver.say("subscribe", channel="me")
    large = photo(11, (1500, 2000))
    files = [await send(driver, recording(11), "sound"), await send(driver, large)]
    first = await asked_before_anybody_looked(driver, settings, media=files)
    repeated = await send(driver, large)
    again = await asked_before_anybody_looked(driver, settings, media=[repeated])
    words = await asked_before_anybody_looked(driver, settings, description="it shakes at idle")

    assert repeated == files[1]
    order = stages(driver, first["data"]["id"])
    assert order == sorted(order, key=["quality", "reading", "reasoning"].index)
    assert set(order) == {"quality", "reading", "reasoning"}
    assert stages(driver, again["data"]["id"]) == ["reasoning"]
    assert stages(driver, words["data"]["id"]) == []
    for event, judged in ((first, files), (again, [repeated])):
        last = next(
            each["data"] for each in driver.pushes
            if each["event"] == "diagnosis.progress"
            and (each["data"]["id"], each["data"]["stage"]) == (event["data"]["id"], "reasoning")
        )  # fmt: skip
        assert sorted(last["media"]) == sorted(judged)
        assert last["version"] < event["data"]["version"]


async def asked_before_anybody_looked(driver: Socket, settings: Settings, **asked: object) -> dict[str, Any]:
    """A diagnosis that no worker has seen before all of it was there."""
    opened = await driver.say("diagnose", language="en", **asked)
    async with worker.at_work(settings, processes=1, stopping=asyncio.Event()):
        return await ended(driver, opened["diagnosis"])


async def test_unreadable_file_is_named_and_the_others_go_on(world: World, settings: Settings) -> None:
    token = await world.person()
    driver = await world.console(token)
    await driver.say("subscribe", channel="me")
    poison, sound_one = await send(driver, photo(7)[:4000]), await send(driver, photo(8))
    event = await asked_before_anybody_looked(driver, settings, media=[poison, sound_one])

    assert event["event"] == "diagnosis.concluded", event
    result = event["data"]["result"]
    assert [read["media"] for read in result["read"]] == [sound_one]
    (unread,) = result["unread"]
    assert (unread["media"], unread["kind"], unread["code"]) == (poison, "dashboard", "media_truncated")
    assert "damaged" in unread["why"]["en"]
    assert "abîmé" in unread["why"]["fr"]
    assert "could be read" in result["notes"][0]["en"]
    unfit = await driver.push(lambda event: event["event"] == "media.failed")
    assert unfit["data"]["media"] == poison
    # An answer ranks anew, and does not forget what was not read.
    answer = {"question": "engine_starts", "answer": "no"}
    _, anew = await world.call("POST", f"/v1/diagnoses/{event['data']['id']}/answers", token, answer)
    assert anew["result"]["unread"] == result["unread"]


async def test_nothing_readable_is_a_failure_unless_there_are_words(world: World, settings: Settings) -> None:
    driver = await world.console(await world.person())
    await driver.say("subscribe", channel="me")
    poison = [await send(driver, photo(9)[:4000]), await send(driver, recording(9)[:9000], "sound")]
    mute = await asked_before_anybody_looked(driver, settings, media=poison)

    assert mute["event"] == "diagnosis.failed", mute
    failure = mute["data"]["failure"]
    assert (failure["code"], failure["retry"]) == ("media_truncated", False)
    assert failure["text"]["en"].startswith("Nothing that you sent could be read.")
    assert failure["text"]["fr"].startswith("Rien de ce que vous avez envoyé n'a pu être lu.")
    poison = [await send(driver, photo(10)[:4000])]
    words = await asked_before_anybody_looked(driver, settings, media=poison, description="the oil light is on")
    assert words["event"] == "diagnosis.concluded", words
    assert words["data"]["result"]["verdict"]["verdict"] == "stop"
    assert [unread["media"] for unread in words["data"]["result"]["unread"]] == poison


async def test_result_waits_for_who_was_away_until_it_is_confirmed(world: World, readers: Readers) -> None:
    token = await world.person()
    driver = await world.console(token)
    opened = await driver.say("diagnose", description="it shakes at idle", language="en")
    await driver.socket.close()

    async def unconfirmed() -> tuple[Socket, list[dict[str, Any]]]:
        back = await world.console(token)
        answer = await back.say("subscribe", channel="me")
        return back, answer["snapshot"]["rows"]

    async with asyncio.timeout(LIMIT_S):
        while not (rows := (await unconfirmed())[1]):  # noqa: ASYNC110 - a worker
            await asyncio.sleep(0.1)
    back, rows = await unconfirmed()
    assert [(row["event"], row["data"]["id"]) for row in rows] == [("diagnosis.concluded", opened["diagnosis"])]

    assert await back.say("confirm", events=[rows[0]["id"]]) == {"confirmed": 1}
    assert (await unconfirmed())[1] == []
