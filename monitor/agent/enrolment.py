"""Makes this machine a device of an account by a claim code, and keeps its token where only its user can read it."""

import os
import ssl
from pathlib import Path

import aiohttp
import msgspec
from yarl import URL

from monitor.errors import AgentStopped

VARIABLE = "ROADPULSE_DEVICE_TOKEN"
CLAIM_S = 30.0


class Enrolled(msgspec.Struct, frozen=True):
    """The server's answer to a claim."""

    id: int
    token: str


async def claim(url: str, code: str, name: str) -> Enrolled:
    """Trades a claim code for this device's token.

    Raises: AgentStopped - the code is wrong or too old, or the server cannot be reached.
    """
    address = URL(url)
    address = address.with_scheme({"ws": "http", "wss": "https"}.get(address.scheme, address.scheme))
    timeout = aiohttp.ClientTimeout(total=CLAIM_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.post(address / "v1/devices", json={"code": code, "name": name}) as response,
        ):
            body = await response.read()
            if response.status != 201:
                raise AgentStopped(f"the claim was refused ({response.status}): {body[:500].decode(errors='replace')}")
            return msgspec.json.decode(body, type=Enrolled)
    except (aiohttp.ClientError, ssl.SSLError, OSError, TimeoutError, msgspec.DecodeError) as error:
        raise AgentStopped(f"{url} cannot be asked: {error or type(error).__name__}") from error


def token_path(spool: Path) -> Path:
    """Beside the spool, since a stream belongs to one device."""
    return spool.with_name(spool.name + ".token")


def keep_token(spool: Path, token: str) -> None:
    spool.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = token_path(spool)
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(token + "\n")
    fresh.replace(path)


def find_token(spool: Path, given: str | None, file: Path | None) -> str:
    """What was given, else the file, else the environment, else what an earlier claim left.

    Raises: AgentStopped - none of them.
    """
    if given:
        return given
    try:
        if file is not None:
            return file.read_text(encoding="utf-8").strip()
        if os.environ.get(VARIABLE):
            return os.environ[VARIABLE]
        return token_path(spool).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise AgentStopped(f"no device token: claim one with --claim CODE, or give --token-file ({error})") from error
