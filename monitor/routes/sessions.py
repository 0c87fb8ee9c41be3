"""HTTP for signing in and out, refreshing, stream tickets, and the public keys that others verify tokens with.

A browser keeps its refresh token in a cookie that no script reads, that goes to /v1/sessions alone and never along with
another site's request (SameSite=Strict). What is the same site but another origin, such as a neighbouring port, is
stopped by the Origin header; and a form cannot send JSON.
"""

from http.cookies import SimpleCookie
from typing import Any

from msgspec import UNSET

from monitor.errors import CredentialsWrong, NotAllowed, NotSignedIn, Suspended, TokenExpired, TokenInvalid, TooBusy
from monitor.people import sessions
from monitor.people.sessions import SignedIn
from monitor.routes import calls, keys
from monitor.routes.route import EVERY_ACCOUNT, AnyRoute, Example, Request, Route
from monitor.wire import headers
from monitor.wire.people import Credentials, Jwk, Jwks, RefreshToken, Session, StreamTicket

COOKIE = "roadpulse_refresh"
COOKIE_PATH = "/v1/sessions"


async def sign_in(request: Request[Credentials, None]) -> Session:
    wanted = request.body
    email, most = wanted.email.strip().casefold(), request.settings.limits.sign_ins_per_minute
    attempts = request.http.app[keys.LIMITS]
    await slow_strangers_down(request, "sign_in")
    await attempts.demand("sign_in_email", email, most)
    signing_keys = request.http.app[keys.KEYS]
    signed_in = await sessions.sign_in(request.db, signing_keys, request.settings, wanted.email, wanted.password)
    await attempts.forget("sign_in_email", email, most)
    return _session(request, signed_in, in_cookie=wanted.cookie)


async def refresh(request: Request[RefreshToken, None]) -> Session:
    given = request.body.refresh_token
    token = _cookie(request) if given is UNSET else given
    if token is None:
        raise NotSignedIn
    signed_in = await sessions.refresh(request.db, request.http.app[keys.KEYS], request.settings, token)
    return _session(request, signed_in, in_cookie=given is UNSET)


async def sign_out(request: Request[RefreshToken, None]) -> None:
    """Ends the session of the cookie, of the refresh token in the body, of the access token: of all that there is."""
    given = request.body.refresh_token
    token = _cookie(request) if given is UNSET else given
    if token is not None:
        await sessions.sign_out_bearer(request.db, token)
        _set_cookie(request, "", 0)
    try:
        who = await calls.identify(request.http)
    except (TokenExpired, TokenInvalid):
        if token is None:
            raise
        return
    if who is not None and not who.is_device:
        await sessions.sign_out(request.db, who)
    elif token is None:
        raise NotSignedIn


async def sell_ticket(request: Request[None, None]) -> StreamTicket:
    sold = await sessions.sell_ticket(request.db, request.settings, request.identity)
    return StreamTicket(sold.ticket, sold.expires_at)


async def jwks(request: Request[None, None]) -> Jwks:
    found = await request.http.app[keys.KEYS].public(request.db)
    return Jwks([Jwk(**key.jwk) for key in found])


async def slow_strangers_down(request: Request[Any, Any], purpose: str) -> None:
    """Counts an attempt of this address.

    Raises: TooManyRequests.
    """
    most = request.settings.limits.strangers_per_minute
    await request.http.app[keys.LIMITS].demand(purpose, request.address, most)


def _session(request: Request[Any, Any], signed_in: SignedIn, *, in_cookie: bool) -> Session:
    if in_cookie:
        _set_cookie(request, signed_in.refresh_token, request.settings.identity.refresh_token_s)
    who = signed_in.identity
    return Session(
        signed_in.access_token,
        signed_in.expires_at,
        who.role,
        who.provider_slug,
        UNSET if in_cookie else signed_in.refresh_token,
    )


def _cookie(request: Request[Any, Any]) -> str | None:
    """The cookie's refresh token.

    Raises: NotAllowed - a page that is not ours sent it.
    """
    token = request.http.cookies.get(COOKIE)
    if token and not headers.is_from_own_page(request.http.headers, request.settings.server.origins):
        raise NotAllowed("sent by another origin's page")
    return token or None


def _set_cookie(request: Request[Any, Any], token: str, ttl_s: int) -> None:
    cookie = SimpleCookie({COOKIE: token})
    morsel = cookie[COOKIE]
    morsel["path"], morsel["samesite"], morsel["max-age"] = COOKIE_PATH, "Strict", ttl_s
    morsel["httponly"], morsel["secure"] = True, request.is_encrypted
    request.sends.add("Set-Cookie", morsel.OutputString())


ROUTES: list[AnyRoute] = [
    Route(
        "POST",
        "/v1/sessions",
        sign_in,
        "Sign in",
        answer=Session,
        body=Credentials,
        tags=("sessions",),
        refusals=(CredentialsWrong, Suspended, TooBusy),
        description=(
            "With `cookie: true` the refresh token is put into an HttpOnly cookie and is not in the answer."
            " Attempts are counted by address and by e-mail."
        ),
        example=Example(
            body={"email": "ada@example.org", "password": "a rainy night in Kribi"},
            live={"email": "email", "password": "password"},
        ),
    ),
    Route(
        "POST",
        "/v1/sessions/refresh",
        refresh,
        "Exchange a refresh token for a new pair",
        answer=Session,
        body=RefreshToken,
        tags=("sessions",),
        refusals=(NotSignedIn, TokenInvalid, Suspended, NotAllowed),
        description=(
            "Takes the token in the body, or else the cookie, and answers as signing in does. Each refresh token works"
            " once: one that comes again ends its whole session, since somebody must hold a copy."
        ),
        example=Example(
            body={"refresh_token": "rpr_ZXhhbXBsZSBvZiBhIGhhbGYKdGhlIG90aGVyIGhhbGYsIHdoaWNoIGNoYW5nZXMgLi4u"},
            live={"refresh_token": "refresh_token"},
        ),
    ),
    Route(
        "DELETE",
        "/v1/sessions/current",
        sign_out,
        "Sign out",
        status=204,
        body=RefreshToken,
        tags=("sessions",),
        refusals=(NotSignedIn, TokenInvalid, TokenExpired, NotAllowed),
        description="Ends the session of the access token, of the cookie, or of the refresh token in the body.",
        example=Example(live={"Authorization": "access_token"}),
    ),
    Route(
        "POST",
        "/v1/stream-tickets",
        sell_ticket,
        "A ticket for one socket",
        answer=StreamTicket,
        roles=EVERY_ACCOUNT,
        replays=False,
        tags=("sessions",),
        description="For browsers, which cannot send a token with the handshake: GET /v1/stream?ticket=… within 30 s.",
    ),
    Route(
        "GET",
        "/.well-known/jwks.json",
        jwks,
        "The public keys of access tokens",
        answer=Jwks,
        open_query=True,
        tags=("sessions",),
        headers={"Cache-Control": "public, max-age=60"},
    ),
]
