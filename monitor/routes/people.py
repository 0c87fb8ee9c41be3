"""HTTP about people: accounts, their devices, and the trail for administrators."""

from typing import Annotated

import segno
from msgspec import Meta

from monitor.errors import AlreadyTaken, ClaimInvalid, Conflict, NotAllowed, TooBusy
from monitor.people import accounts, audit, devices, housekeeping, passwords, profiles
from monitor.people.accounts import Account
from monitor.people.audit import Entry
from monitor.people.devices import Device
from monitor.routes import keys, sessions
from monitor.routes.route import ADMINISTRATORS, EVERY_ACCOUNT, MAX_ID, AnyRoute, Example, Page, Paging, Request, Route
from monitor.values import AccountId, DeviceId, Role
from monitor.wire.people import (
    AccountChange,
    ChangedProfile,
    Claim,
    Enrolled,
    NewAccount,
    NewDevice,
    NewPassword,
    Registered,
)


class AccountsAsked(Paging, frozen=True):
    """Which accounts."""

    role: Role | None = None
    inactive_days: Annotated[int, Meta(ge=1, le=housekeeping.AUDIT_DAYS)] | None = None
    """only accounts that nobody has used for so many days"""


class TrailAsked(Paging, frozen=True):
    """Which changes; the newest come first."""

    table_name: Annotated[str, Meta(pattern=r"^[a-z_]{1,63}$")] | None = None
    row_id: Annotated[str, Meta(pattern=r"^[\x20-\x7e]{1,64}$")] | None = None


async def register(request: Request[NewAccount, None]) -> Registered:
    by = None if request.caller is None or request.caller.is_device else request.caller.viewer
    if by is None or by.role is not Role.ADMINISTRATOR:
        await sessions.slow_strangers_down(request, "register")
    made = await accounts.register(request.db, request.settings, request.body, by)
    return Registered(made, request.body.role)


async def own_account(request: Request[None, None]) -> Account:
    return await accounts.find(request.db, request.viewer, request.identity.account)


async def change_profile(request: Request[ChangedProfile, None]) -> Account:
    return await profiles.change(request.db, request.viewer, request.body)


async def change_password(request: Request[NewPassword, None]) -> None:
    app, who = request.http.app, request.identity
    # A token that was stolen must not be good for guessing what the password is.
    await app[keys.LIMITS].demand("change_password", who.name, request.settings.limits.sign_ins_per_minute)
    old, new = request.body.old_password, request.body.new_password
    await passwords.change(request.db, app[keys.BUS], request.settings, who, old, new)


async def list_accounts(request: Request[None, AccountsAsked]) -> Page[Account]:
    asked = request.query
    found = await accounts.some(
        request.db, request.viewer, asked.after_id, asked.limit + 1, asked.role, asked.inactive_days
    )
    return Page.cut(found, asked.limit)


async def change_account(request: Request[AccountChange, None]) -> Account:
    account = AccountId(request.number())
    if request.body.is_active:
        return await accounts.reactivate(request.db, request.viewer, account)
    return await accounts.suspend(request.db, request.http.app[keys.BUS], request.viewer, account)


async def claim(request: Request[None, None]) -> Claim:
    made = await devices.claim(request.db, request.settings, request.viewer)
    picture = segno.make(f"roadpulse://claim/{made.code}", error="m").svg_data_uri(scale=6, light="#fff")
    return Claim(made.code, made.expires_at, picture)


async def enrol(request: Request[NewDevice, None]) -> Enrolled:
    most = request.settings.limits.enrolments_per_minute
    await request.http.app[keys.LIMITS].demand("enrol", request.address, most)
    made = await devices.enrol(request.db, request.body.code, request.body.name)
    return Enrolled(made.id, made.token)


async def list_devices(request: Request[None, Paging]) -> Page[Device]:
    asked = request.query
    return Page.cut(await devices.some(request.db, request.viewer, asked.after_id, asked.limit + 1), asked.limit)


async def revoke(request: Request[None, None]) -> None:
    await devices.revoke(request.db, request.http.app[keys.BUS], request.viewer, DeviceId(request.number()))


async def trail(request: Request[None, TrailAsked]) -> Page[Entry]:
    asked = request.query
    before = asked.after_id or MAX_ID
    found = await audit.some(request.db, request.viewer, before, asked.limit + 1, asked.table_name, asked.row_id)
    return Page.cut(found, asked.limit)


ROUTES: list[AnyRoute] = [
    Route(
        "POST",
        "/v1/accounts",
        register,
        "Register an account",
        answer=Registered,
        status=201,
        body=NewAccount,
        optional_token=True,
        tags=("people",),
        refusals=(AlreadyTaken, NotAllowed, TooBusy),
        description=(
            "Anybody registers as subscriber or mechanic; the other roles, and `provider`, only with an"
            " administrator's token. A refusal does not say whether the e-mail or the username is taken."
        ),
        example=Example(
            body={
                "email": "ada@example.org",
                "username": "ada",
                "password": "a rainy night in Kribi",
                "role": "subscriber",
                "language": "en",
            }
        ),
    ),
    Route(
        "GET",
        "/v1/accounts/me",
        own_account,
        "The caller's own account",
        answer=Account,
        roles=EVERY_ACCOUNT,
        tags=("people",),
    ),
    Route(
        "PATCH",
        "/v1/accounts/me",
        change_profile,
        "Change one's own name, phone, language and attributes",
        answer=Account,
        body=ChangedProfile,
        roles=EVERY_ACCOUNT,
        tags=("people",),
        description="Seen by oneself and by administrators; what is not given stays, null takes it back.",
        example=Example(
            body={
                "full_name": "Ada Ngo",
                "phone": "+237 6 71 23 45 67",
                "language": "fr",
                "attributes": {"town": "Kribi", "drives_for_work": True, "newsletter": None},
            }
        ),
    ),
    Route(
        "PUT",
        "/v1/accounts/me/password",
        change_password,
        "Change one's own password",
        status=204,
        body=NewPassword,
        roles=EVERY_ACCOUNT,
        tags=("people",),
        refusals=(Conflict, TooBusy),
        description="The session that asks goes on; all others end, and their sockets. Phones go on measuring.",
        example=Example(
            body={"old_password": "a rainy night in Kribi", "new_password": "a dry morning in Maroua"},
            live={"old_password": "password"},
        ),
    ),
    Route(
        "GET",
        "/v1/accounts",
        list_accounts,
        "List accounts",
        answer=Page[Account],
        query=AccountsAsked,
        roles=ADMINISTRATORS,
        tags=("administration",),
        example=Example(query={"limit": "20", "role": "operator", "inactive_days": "365"}),
    ),
    Route(
        "PATCH",
        "/v1/accounts/{id}",
        change_account,
        "Suspend an account or take it back",
        answer=Account,
        body=AccountChange,
        roles=ADMINISTRATORS,
        tags=("administration",),
        refusals=(Conflict,),
        description="A suspended account's sockets, and its devices', close on every server within 5 s.",
        example=Example(body={"is_active": False}, path={"id": "17"}, live={"id": "account"}),
    ),
    Route(
        "GET",
        "/v1/audit",
        trail,
        "Who changed what, the newest first",
        answer=Page[Entry],
        query=TrailAsked,
        roles=ADMINISTRATORS,
        tags=("administration",),
        example=Example(query={"table_name": "devices", "limit": "20"}),
    ),
    Route(
        "POST",
        "/v1/devices/claims",
        claim,
        "A code to enrol a phone with",
        answer=Claim,
        roles=EVERY_ACCOUNT,
        replays=False,
        tags=("devices",),
    ),
    Route(
        "POST",
        "/v1/devices",
        enrol,
        "Enrol a phone with a code",
        answer=Enrolled,
        status=201,
        body=NewDevice,
        tags=("devices",),
        refusals=(ClaimInvalid,),
        description="The answer's token is shown this once; it may only measure, until it is revoked.",
        example=Example(body={"code": "ABCD-2345", "name": "Ada's phone"}, live={"code": "claim"}),
    ),
    Route(
        "GET",
        "/v1/devices",
        list_devices,
        "The caller's own devices, the revoked ones too",
        answer=Page[Device],
        query=Paging,
        roles=EVERY_ACCOUNT,
        tags=("devices",),
        example=Example(query={"limit": "20"}),
    ),
    Route(
        "DELETE",
        "/v1/devices/{id}",
        revoke,
        "Revoke a device for good",
        status=204,
        roles=EVERY_ACCOUNT,
        tags=("devices",),
        description="Its sockets close on every server within 5 s.",
        example=Example(path={"id": "17"}, live={"id": "device"}),
    ),
]
