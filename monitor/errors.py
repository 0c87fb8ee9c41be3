"""Every error that crosses a door: code, HTTP status, close code, and whether trying again can help.

Roadpulse
├── Refused: what was asked cannot be done, the connection lives on
└── Closing: ends the socket with its close code
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class Roadpulse(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    close_code: ClassVar[int | None] = None
    retry: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        faults: Sequence[tuple[str, str]] = (),
        members: Mapping[str, object] | None = None,
    ) -> None:
        self.detail = detail
        self.faults = tuple(faults)
        """(path, reason) of each thing wrong in the message"""
        self.members = dict(members or {})
        """what this kind of error carries besides, e.g. `expected`"""
        super().__init__(detail or self.title)

    @property
    def title(self) -> str:
        return (type(self).__doc__ or "").partition("\n")[0]


class SettingsInvalid(Roadpulse):
    """The settings are not usable."""

    code = "settings_invalid"


class SchemaBehind(Roadpulse):
    """The database's schema is not the one this program was written for; run `roadpulse migrate up`."""

    code = "schema_behind"


class RoleTooStrong(Roadpulse):
    """The database login may bypass row-level security; refusing to start."""

    code = "role_too_strong"


class MigrationRefused(Roadpulse):
    """A migration cannot be applied."""

    code = "migration_refused"


class ServerNotStarted(Roadpulse):
    """An embedded server did not start."""

    code = "server_not_started"


class SpoolUnusable(Roadpulse):
    """The device's spool cannot be used."""

    code = "spool_unusable"


class TraceUnreadable(Roadpulse):
    """The trace file cannot be read."""

    code = "trace_unreadable"


class AgentStopped(Roadpulse):
    """The server said not to come back."""

    code = "agent_stopped"


# Refused: answered, the connection lives on.


class InvalidMessage(Roadpulse):
    """The message cannot be read."""

    code, status = "invalid_message", 400


class UnknownVerb(Roadpulse):
    """There is no such verb."""

    code, status = "unknown_verb", 400


class InvalidField(Roadpulse):
    """Some fields are missing or out of their bounds."""

    code, status = "invalid_field", 422


class TooManyItems(Roadpulse):
    """The batch has more items than the limit."""

    code, status = "too_many_items", 413


class BodyTooLarge(Roadpulse):
    """The body is larger than the limit."""

    code, status = "body_too_large", 413


class UnsupportedMediaType(Roadpulse):
    """The body's content type is not one of those understood here."""

    code, status = "unsupported_media_type", 415


class SequenceGap(Roadpulse):
    """A batch before this one is missing; go back to `expected`."""

    code, status, retry = "sequence_gap", 409, True


class UnknownStream(Roadpulse):
    """There is no such stream for this device."""

    code, status = "unknown_stream", 404


class StreamMissing(Roadpulse):
    """Connect with a stream before measuring."""

    code, status = "stream_missing", 409


class NotAllowed(Roadpulse):
    """Not allowed for this account."""

    code, status, close_code = "not_allowed", 403, 4507


class NotSignedIn(Roadpulse):
    """Sign in first."""

    code, status, close_code = "not_signed_in", 401, 4500


class TokenExpired(Roadpulse):
    """The token has expired; refresh it and come back."""

    code, status, close_code, retry = "token_expired", 401, 4005, True


class TokenInvalid(Roadpulse):
    """The token is not valid."""

    code, status, close_code = "token_invalid", 401, 4500


class Suspended(Roadpulse):
    """The account is suspended or the device revoked."""

    code, status, close_code = "suspended", 403, 4508


class CredentialsWrong(Roadpulse):
    """E-mail or password is wrong."""

    code, status = "credentials_wrong", 401


class ClaimInvalid(Roadpulse):
    """The claim code is unknown, used or expired."""

    code, status = "claim_invalid", 410


class NotFound(Roadpulse):
    """There is nothing here for you."""

    code, status = "not_found", 404


class MethodNotAllowed(Roadpulse):
    """This address does not understand that method."""

    code, status = "method_not_allowed", 405


class Conflict(Roadpulse):
    """This contradicts what is already there."""

    code, status = "conflict", 409


class AlreadyTaken(Roadpulse):
    """The e-mail or username belongs to an account already."""

    code, status = "already_taken", 409


class UnderWay(Roadpulse):
    """The same request, by its Idempotency-Key, is under way; ask again for its answer."""

    code, status, retry = "request_under_way", 409, True


class KeyReused(Roadpulse):
    """This Idempotency-Key was used for another request."""

    code, status = "idempotency_key_reused", 422


class MediaTooLarge(Roadpulse):
    """The file is larger than is read."""

    code, status = "media_too_large", 413


class MediaQuotaSpent(Roadpulse):
    """All your files together would be larger than is kept; delete some first."""

    code, status = "media_quota_spent", 413


class MediaHashDiffers(Roadpulse):
    """What came is not what the hash says; send it again."""

    # 460 is tus's own: the checksum mismatches.
    code, status, retry = "media_hash_differs", 460, True


class MediaUnreadable(Roadpulse):
    """No decoder can read this file."""

    code, status = "media_unreadable", 422


class MediaUnknown(Roadpulse):
    """This is not a file of the kind that was declared."""

    code, status = "media_unknown", 422


class MediaTruncated(Roadpulse):
    """The file breaks off or is damaged inside."""

    code, status = "media_truncated", 422


class MediaTooSmall(Roadpulse):
    """The picture has fewer than 12 pixels a side."""

    code, status = "media_too_small", 422


class MediaEmpty(Roadpulse):
    """There is nothing in the file."""

    code, status = "media_empty", 422


class MediaInfected(Roadpulse):
    """The virus scanner found something in this file."""

    code, status = "media_infected", 422


class MediaNotReady(Roadpulse):
    """The file has not been looked at yet; come back in a moment."""

    code, status, retry = "media_not_ready", 409, True


class UnknownUpload(Roadpulse):
    """There is no such upload."""

    code, status = "unknown_upload", 404


class UploadOffsetWrong(Roadpulse):
    """The upload stands elsewhere; go on from `expected`."""

    code, status, retry = "upload_offset_wrong", 409, True


class UploadExpired(Roadpulse):
    """The upload was left unfinished for too long; begin it anew."""

    code, status = "upload_expired", 410


class UploadFragmented(Roadpulse):
    """The file came in too many small pieces; begin it anew with larger ones."""

    code, status = "upload_fragmented", 409


class TooManyUploads(Roadpulse):
    """Too many uploads are under way; finish some of them first."""

    code, status, retry = "too_many_uploads", 429, True


class TusVersion(Roadpulse):
    """This address speaks version 1.0.0 of tus; say so in Tus-Resumable."""

    code, status = "tus_version", 412


class TooManyVehicles(Roadpulse):
    """This account has as many cars as one may have."""

    code, status = "too_many_vehicles", 409


class TooManyDiagnoses(Roadpulse):
    """Too many of your diagnoses are under way; wait for one of them."""

    code, status, retry = "too_many_diagnoses", 429, True


class ReaderLost(Roadpulse):
    """The process that read this died over it."""

    code, status, retry = "reader_lost", 503, True


class ReaderSlow(Roadpulse):
    """Reading this took longer than it may."""

    code, status, retry = "reader_slow", 503, True


class WorkerLost(Roadpulse):
    """The workers that began this died."""

    code, status, retry = "worker_lost", 503, True


class TooManyRequests(Roadpulse):
    """Too many requests; come back after `retry_after_ms`."""

    code, status, retry = "too_many_requests", 429, True


class TooBusy(Roadpulse):
    """The server is too busy; come back after a while."""

    code, status, close_code, retry = "too_busy", 503, 4013, True


class Unavailable(Roadpulse):
    """Something this needs is down; come back after a while."""

    code, status, retry = "unavailable", 503, True


class Internal(Roadpulse):
    """Something broke on our side; it was logged."""

    code, status, close_code, retry = "internal", 500, 1011, True


# Closing: the end of a socket. 4000-4499 come back, 4500-4999 do not.


class Draining(Roadpulse):
    """The server is being restarted."""

    code, status, close_code, retry = "draining", 503, 4001, True


class TooSlow(Roadpulse):
    """This reader is too slow for what it subscribed to."""

    code, close_code, retry = "too_slow", 4008, True


class PositionLost(Roadpulse):
    """Events may have been missed; subscribe again with offset and epoch."""

    code, close_code, retry = "position_lost", 4010, True


class NoPong(Roadpulse):
    """Nothing was heard from the client."""

    code, close_code, retry = "no_pong", 4012, True


class BadRequest(Roadpulse):
    """The client does not speak this protocol."""

    code, status, close_code = "bad_request", 400, 4501


class NoConnect(Roadpulse):
    """No connect within the limit."""

    code, close_code = "no_connect", 4502


class Flood(Roadpulse):
    """Too many invalid messages."""

    code, close_code = "flood", 4503


class TooManyConnections(Roadpulse):
    """This account has too many connections."""

    code, status, close_code = "too_many_connections", 429, 4504


class FrameTooBig(Roadpulse):
    """The frame is larger than the limit."""

    code, status, close_code = "frame_too_big", 413, 1009


class TextMalformed(Roadpulse):
    """A text frame is not UTF-8."""

    code, status, close_code = "text_malformed", 400, 1007


class FrameMalformed(Roadpulse):
    """The frame breaks the rules of WebSocket."""

    code, status, close_code = "frame_malformed", 400, 1002
