"""What is said about people over HTTP: the bodies of accounts, sessions, devices and tickets."""

import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from monitor.settings import Slug
from monitor.values import AccountId, DeviceId, Role

Text = Annotated[str, Meta(max_length=256)]
Token = Annotated[str, Meta(min_length=1, max_length=4096)]
Language = Literal["en", "fr"]
PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
AttributeName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
AttributeValue = (
    Annotated[str, Meta(max_length=256, pattern=r"^[^\x00]*$")]
    | Annotated[int, Meta(ge=-(2**53), le=2**53)]
    | float
    | bool
    | None
)


class NewAccount(Struct, frozen=True):
    """An application for an account."""

    email: Annotated[str, Meta(min_length=3, max_length=254)]
    username: Annotated[str, Meta(min_length=3, max_length=32)]
    password: Text
    """10 to 128 characters, not among those tried first"""
    role: Role = Role.SUBSCRIBER
    """other than subscriber and mechanic only with an administrator's token"""
    provider: Slug | None = None
    """for operators, and for nobody else"""
    language: Language | None = None
    """null: not chosen yet, so that pages speak as the browser does"""


class Registered(Struct, frozen=True):
    """A new account."""

    id: AccountId
    role: Role


class Credentials(Struct, frozen=True):
    """Who signs in."""

    email: Text
    password: Text
    cookie: bool = False
    """the refresh token is put into an HttpOnly cookie and nowhere else, for browsers"""


class RefreshToken(Struct, frozen=True):
    """The refresh token of a client that keeps it itself; without it the cookie is taken."""

    refresh_token: Token | UnsetType = UNSET


class Session(Struct, frozen=True):
    """What a client holds from now on."""

    access_token: str
    expires_at: datetime.datetime
    """of the access token"""
    role: Role
    provider: str | None
    """an operator's own, by slug"""
    refresh_token: str | UnsetType = UNSET
    """absent when it is in the cookie"""


class Jwk(Struct, frozen=True):
    """The public half of a signing key (RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    alg: str
    use: str


class Jwks(Struct, frozen=True):
    """Every key under which an access token may be alive (RFC 7517)."""

    keys: list[Jwk]


class Claim(Struct, frozen=True):
    """A code that makes one device."""

    code: str
    """ABCD-2345; case, dash and spaces do not matter"""
    expires_at: datetime.datetime
    qr: str
    """`roadpulse://claim/<code>` as a QR code: a data: URI of an SVG picture, for <img src>"""


class NewDevice(Struct, frozen=True):
    """A phone that comes with a claim code."""

    code: Annotated[str, Meta(min_length=8, max_length=16)]
    name: Annotated[str, Meta(min_length=1, max_length=64, pattern=PRINTABLE)]


class Enrolled(Struct, frozen=True):
    """A new device; its token is shown this once and may only measure."""

    id: DeviceId
    token: str


class StreamTicket(Struct, frozen=True):
    """Opens one socket: GET /v1/stream?ticket=…"""

    ticket: str
    expires_at: datetime.datetime


class ChangedProfile(Struct, frozen=True):
    """What is to change of one's own account; null takes back what was said."""

    full_name: Annotated[str, Meta(min_length=1, max_length=128, pattern=PRINTABLE)] | UnsetType | None = UNSET
    phone: Annotated[str, Meta(min_length=1, max_length=32)] | UnsetType | None = UNSET
    """with + and the country's code; kept as E.164, and not verified"""
    language: Language | UnsetType = UNSET
    attributes: dict[AttributeName, AttributeValue] | UnsetType | None = UNSET
    """names that are not given stay, null removes one; at most 32 and 4096 bytes"""


class NewPassword(Struct, frozen=True):
    """A new password in place of one's own."""

    old_password: Text
    new_password: Text
    """10 to 128 characters, not among those tried first"""


class AccountChange(Struct, frozen=True):
    """What administrators change of an account."""

    is_active: bool
    """false suspends it, true takes it back"""
