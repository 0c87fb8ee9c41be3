"""Reads from a request's headers where it comes from: through which proxies, from which page, with which token."""

from urllib.parse import urlsplit

from multidict import CIMultiDict, CIMultiDictProxy

Headers = CIMultiDict[str] | CIMultiDictProxy[str]


def client_address(headers: Headers, remote: str | None, trusted_proxies: int) -> str:
    """The client's address: what the outermost proxy that we trust saw; what stands left of it anybody can write."""
    seen = [part.strip() for line in headers.getall("X-Forwarded-For", []) for part in line.split(",")]
    return seen[-trusted_proxies] if 0 < trusted_proxies <= len(seen) else remote or ""


def is_encrypted(headers: Headers, *, is_secure: bool, trusted_proxies: int) -> bool:
    """Whether the client's own leg was encrypted; behind proxies they say so."""
    if trusted_proxies:
        return headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower() == "https"
    return is_secure


def is_from_own_page(headers: Headers, origins: list[str]) -> bool:
    """Whether a browser sent this from a page of ours or of a listed origin; what is no browser may always."""
    origin = headers.get("Origin")
    if origin is None:
        return headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}
    # `null` is what sandboxed and opaque pages send: nobody's.
    return origin in origins or (bool(host := urlsplit(origin).netloc) and host == headers.get("Host"))


def bearer(headers: Headers) -> str | None:
    """The token of `Authorization: Bearer …`; None where there is none."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
