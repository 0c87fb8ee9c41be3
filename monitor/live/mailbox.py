"""What waits for one slow reader: bounded in bytes, streams in order, latest channels by key."""

from monitor.errors import TooSlow
from monitor.live.pushes import Push, compose


class Mailbox:
    """One socket's outbox: filled by many, emptied by one writer. Pure: whoever fills it wakes the writer.

    Answers are not bounded here: whoever asks must not ask again before they are gone (`answer_bytes`).
    """

    __slots__ = ("_answer_bytes", "_dropped", "_frames", "_latest", "_latest_bytes", "_max_bytes", "_stream_bytes")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._frames: list[bytes] = []
        self._answer_bytes = 0
        self._stream_bytes = 0
        self._latest: dict[str, Push | _Values] = {}
        self._latest_bytes = 0
        self._dropped: set[str] | None = None

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._frames or self._latest)

    @property
    def answer_bytes(self) -> int:
        """What waits of answers and control pushes."""
        return self._answer_bytes

    @property
    def push_bytes(self) -> int:
        """What waits of channels."""
        return self._stream_bytes + self._latest_bytes

    def answer(self, frame: bytes) -> None:
        """Adds an answer, or a control push."""
        self._frames.append(frame)
        self._answer_bytes += len(frame)

    def offer(self, push: Push) -> None:
        """Adds a push of a channel.

        Raises: TooSlow - a stream's push does not fit, whatever else is dropped.
        """
        if push.keys is None:
            self._offer_stream(push)
        else:
            self._offer_latest(push)

    def take(self) -> list[bytes]:
        """All frames that wait, answers and streams in their order, then the newest values; the box is empty then."""
        frames = self._frames
        if self._latest:
            frames.extend(waiting.frame for waiting in self._latest.values())
            self._latest = {}
            self._latest_bytes = 0
        self._frames = []
        self._answer_bytes = self._stream_bytes = 0
        return frames

    def take_dropped(self) -> set[str]:
        """Latest channels of which values had to be dropped since the last call; they need to be read anew."""
        dropped, self._dropped = self._dropped, None
        return dropped or set()

    def _offer_stream(self, push: Push) -> None:
        size = len(push.frame)
        self._drop_latest_until(size)
        # Whatever its size, a push fits into an empty box: the reader is not to blame for it.
        if self._stream_bytes and self._stream_bytes + size > self._max_bytes:
            raise TooSlow
        self._frames.append(push.frame)
        self._stream_bytes += size

    def _offer_latest(self, push: Push) -> None:
        waiting = self._latest.get(push.channel)
        before = waiting.size if waiting else 0
        if waiting is None:
            # Most readers have taken everything by now, and get the frame that all share.
            self._latest[push.channel] = push
        else:
            values = waiting if isinstance(waiting, _Values) else _Values(waiting)
            values.put(push)
            self._latest[push.channel] = values
        self._latest_bytes += self._latest[push.channel].size - before
        self._drop_latest_until(0)

    def _drop_latest_until(self, wanted: int) -> None:
        """Makes room by dropping the oldest values, as long as there are any."""
        while self._latest and self.push_bytes + wanted > self._max_bytes:
            channel, waiting = next(iter(self._latest.items()))
            if len(self._latest) == 1 and not self._stream_bytes and not wanted and isinstance(waiting, Push):
                return  # alone in the box
            self._dropped = (self._dropped or set()) | {channel}
            self._latest_bytes -= waiting.size
            values = waiting if isinstance(waiting, _Values) else _Values(waiting)
            values.drop_oldest()
            if values.size:
                self._latest[channel] = values
                self._latest_bytes += values.size
            else:
                del self._latest[channel]


class _Values:
    """The newest value of each key of one channel, the one that was first waiting first."""

    __slots__ = ("_channel", "_events", "_wire_format", "size")

    def __init__(self, push: Push) -> None:
        self._channel = push.channel
        self._wire_format = push.wire_format
        self._events: dict[str, bytes] = {}
        self.size = 0
        self.put(push)

    @property
    def frame(self) -> bytes:
        return compose(self._channel, list(self._events.values()), self._wire_format)

    def put(self, push: Push) -> None:
        for key, event in zip(push.keys or (), push.events, strict=True):
            self.size += len(event) - len(self._events.get(key, b""))
            self._events[key] = event

    def drop_oldest(self) -> None:
        oldest = next(iter(self._events))
        self.size -= len(self._events.pop(oldest))
