"""Says who is at a door, once a token has been read."""

import datetime
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from monitor.values import AccountId, DeviceId, ProviderId, Role, Viewer


class Kind(StrEnum):
    """What stands behind a token."""

    ACCOUNT = "account"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Identity:
    """A known caller: an account with its session, or a device of an account."""

    kind: Kind
    account: AccountId
    role: Role
    """the account's; a device of hers may only measure all the same"""
    provider: ProviderId | None = None
    """the operator's own; None for every other role"""
    provider_slug: str | None = None
    device: DeviceId | None = None
    session: UUID | None = None
    """the chain of refresh tokens that this access token comes from"""
    expires_at: datetime.datetime | None = None
    """None: until revoked, as device tokens are"""

    @property
    def viewer(self) -> Viewer:
        """What row-level security goes by."""
        return Viewer(self.role, self.account, self.provider)

    @property
    def is_device(self) -> bool:
        return self.kind is Kind.DEVICE

    @property
    def name(self) -> str:
        """How limits and stored answers tell callers apart."""
        return f"device:{self.device}" if self.is_device else f"account:{self.account}"
