"""What reaches the sockets of one process: everything in order, once, or the word that something is missing."""

from monitor.live import topics
from tests.live.conftest import Console, StartProcess, told, until

MTN = topics.alerts("mtn")


async def test_event_reaches_console(start_process: StartProcess) -> None:
    process = await start_process()
    console = Console()
    seat = await process.hub.join(MTN, console)
    seat.release(0)
    await process.bus.publish(told(MTN.name, 7))
    await until(lambda: console.events)

    assert console.events == [{"offset": 1, "id": 7, "event": "alert.opened", "data": {"id": 1, "version": 7}}]
