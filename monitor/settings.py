"""Turns config.toml and the environment into frozen settings; an unknown key is an error that names it."""

import base64
import binascii
import os
import tomllib
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from monitor.errors import SettingsInvalid
from monitor.values import Generation

PREFIX = "ROADPULSE_"

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
PostgresUrl = Annotated[str, Meta(pattern=r"^$|^postgres(ql)?://")]

_NO_SETTING = f"{PREFIX}DATABASE_ADMIN_URL"
"""looks like one, and is for `roadpulse admin` alone"""


class Server(Struct, frozen=True, forbid_unknown_fields=True):
    host: str
    port: Annotated[int, Meta(ge=0, le=65535)]
    origins: list[str]
    keep_alive_s: Seconds
    drain_s: Seconds
    trusted_proxies: Annotated[int, Meta(ge=0)]
    demo: bool = False
    """whether what streams in is demonstration data; the pages say so"""


class Database(Struct, frozen=True, forbid_unknown_fields=True):
    pool_min: Annotated[int, Meta(ge=0)]
    pool_max: Count
    statement_timeout_s: Seconds
    connect_timeout_s: Seconds
    url: PostgresUrl = ""
    """as roadpulse_app: what the doors read and write, under row-level security"""
    system_url: PostgresUrl = ""
    """as roadpulse_system: ingest, merger, publisher, jobs"""
    analyst_url: PostgresUrl = ""
    """as roadpulse_analyst: k-anonymous views only"""
    owner_url: PostgresUrl = ""
    """as roadpulse_owner: migrations only; a serving process does without it"""


class Redis(Struct, frozen=True, forbid_unknown_fields=True):
    history: Count
    history_ttl_s: Seconds
    url: Annotated[str, Meta(pattern=r"^$|^(rediss?|unix)://")] = ""


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    frame_bytes: Count
    batch: Annotated[int, Meta(ge=500)]
    in_flight: Count
    connect_s: Seconds
    ping_s: Count
    ping_max_s: Count
    pong_s: Seconds
    invalid_messages: Count
    invalid_window_s: Seconds
    outbox_bytes: Count
    sockets_per_account: Count
    sockets_per_device: Count
    messages_per_s: Seconds
    items_per_s: Seconds
    requests_per_minute: Count
    sign_ins_per_minute: Count
    strangers_per_minute: Count
    enrolments_per_minute: Count
    media_bytes: Count
    media_window: Count


class Ingest(Struct, frozen=True, forbid_unknown_fields=True):
    lanes: Count
    flush_rows: Count
    part_rows: Count
    queue_rows: Count


class Measurements(Struct, frozen=True, forbid_unknown_fields=True):
    retention_days: Count
    future_s: Count
    quarantine_retention_days: Count


class Rollups(Struct, frozen=True, forbid_unknown_fields=True):
    step_s: Seconds
    judge_max_age_s: Count
    fold_s: Seconds
    rows_per_step: Count
    minute_retention_days: Count
    zone: str


class Alerts(Struct, frozen=True, forbid_unknown_fields=True):
    adaptive: bool
    adaptive_min_samples: Count
    adaptive_forget_days: Count


class Identity(Struct, frozen=True, forbid_unknown_fields=True):
    access_token_s: Count
    refresh_token_s: Count
    claim_s: Count
    ticket_s: Count
    bcrypt_rounds: Annotated[int, Meta(ge=4, le=16)]
    key_rotation_days: Count
    secret_variable: Annotated[str, Meta(pattern=r"^[A-Z_][A-Z0-9_]*$")]


class Media(Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    """file:///folder or s3://bucket/folder, its credentials in the environment; empty: var/media"""
    quota_bytes: Count
    unfinished: Count
    unfinished_s: Count
    uploads_per_socket: Count
    link_max_s: Count
    clamd: Annotated[str, Meta(pattern=r"^$|^tcp://[^/]+:[0-9]+$|^unix:///.+$")]


class Work(Struct, frozen=True, forbid_unknown_fields=True):
    processes: Count
    ahead: Count
    file_limit_s: Seconds
    memory_bytes: Count
    open_jobs: Count
    open_diagnoses: Count
    drain_s: Seconds


class Log(Struct, frozen=True, forbid_unknown_fields=True):
    level: Literal["debug", "info", "warning", "error"]


class Provider(Struct, frozen=True, forbid_unknown_fields=True):
    """An operator and what phones call it."""

    slug: Slug
    name: Annotated[str, Meta(min_length=1, max_length=64)]
    carriers: list[str]
    """names, aliases and MCC-MNC codes; compared without case, spaces, dashes and underscores"""
    color: Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}$")] = "#888888"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    server: Server
    database: Database
    redis: Redis
    limits: Limits
    ingest: Ingest
    measurements: Measurements
    rollups: Rollups
    alerts: Alerts
    identity: Identity
    media: Media
    work: Work
    log: Log
    providers: list[Provider]
    generations: dict[Generation, list[str]]
    secret: bytes = b""
    """32 bytes that encrypt the signing keys at rest; read from the variable that identity.secret_variable names"""


def default_path() -> Path:
    """config.toml beside the packages, or inside the installed wheel."""
    here = Path(__file__).resolve().parent
    shipped = here / "config.toml"
    return shipped if shipped.exists() else here.parent / "config.toml"


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of one process.

    Raises: SettingsInvalid - unreadable file, unknown key, value out of range, values that contradict each other.
    """
    path = path or default_path()
    try:
        tree: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsInvalid(f"{path}: {error}") from error
    if "secret" in tree or any(key.endswith("url") for key in [*tree.get("database", {}), *tree.get("redis", {})]):
        raise SettingsInvalid(f"{path}: URLs and secrets come from the environment only")
    _override(tree, environ)
    try:
        tree["secret"] = _secret(environ.get(tree["identity"]["secret_variable"], ""))
        settings = msgspec.convert(tree, Settings, strict=False)
    except (KeyError, msgspec.ValidationError) as error:
        raise SettingsInvalid(f"{path} with the environment: {error}") from error
    _check_carriers(settings.providers)
    _check_together(settings)
    return settings


def _override(tree: dict[str, Any], environ: Mapping[str, str]) -> None:
    for section in msgspec.structs.fields(Settings):
        if not isinstance(section.type, type) or not issubclass(section.type, Struct):
            continue
        start = f"{PREFIX}{section.name}_".upper()
        keys = {start + key.name.upper(): key for key in msgspec.structs.fields(section.type)}
        for name in environ:
            if not name.startswith(start) or name == _NO_SETTING:
                continue
            if name not in keys:
                raise SettingsInvalid(f"{name}: there is no such setting in [{section.name}]")
            key, text = keys[name], environ[name]
            value: object = [part for part in text.split(",") if part] if key.type == list[str] else text
            tree.setdefault(section.name, {})[key.name] = value


def _secret(text: str) -> bytes:
    if not text:
        return b""
    try:
        secret = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise SettingsInvalid("the secret is not urlsafe base64") from error
    if len(secret) != 32:
        raise SettingsInvalid(f"the secret has {len(secret)} bytes, not 32")
    return secret


def normal(name: str) -> str:
    """How carriers and network types are compared: no case, spaces, dashes or underscores."""
    return "".join(letter for letter in name.casefold() if letter not in " -_")


def _check_carriers(providers: list[Provider]) -> None:
    owner: dict[str, str] = {}
    slugs = [provider.slug for provider in providers]
    if len(set(slugs)) != len(slugs):
        raise SettingsInvalid("two providers have one slug")
    for provider in providers:
        for carrier in [provider.slug, *provider.carriers]:
            if owner.setdefault(normal(carrier), provider.slug) != provider.slug:
                raise SettingsInvalid(f"carrier {carrier!r} belongs to {owner[normal(carrier)]} and {provider.slug}")


def _check_together(settings: Settings) -> None:
    database, limits, zone = settings.database, settings.limits, settings.rollups.zone
    if database.pool_min > database.pool_max:
        raise SettingsInvalid(f"database.pool_min {database.pool_min} is above pool_max {database.pool_max}")
    if limits.ping_s > limits.ping_max_s:
        raise SettingsInvalid(f"limits.ping_s {limits.ping_s} is above ping_max_s {limits.ping_max_s}")
    # A machine may have none of them: then only the database can tell.
    if _has_zone("UTC") and not _has_zone(zone):
        raise SettingsInvalid(f"rollups.zone: there is no time zone {zone!r}")


def _has_zone(name: str) -> bool:
    """Asks for the one: the list of all of them is read from a thousand files, which each start would wait for."""
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
