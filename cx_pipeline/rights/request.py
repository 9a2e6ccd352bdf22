"""The common beginning of every right: who asks, how they proved it, whom it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.tombstones import Identifier
from cx_pipeline.rights.erase import finish
from cx_pipeline.rights.law import verification
from cx_pipeline.rights.person import RightRefused
from cx_pipeline.rights.register import Register, Request
from cx_pipeline.rights.standing import settle
from cx_pipeline.settings import Settings

NOTHING = "nothing is held"


@dataclass(frozen=True)
class Asked:
    """What was asked: by whom (`given`, (kind, value) each), how proved, when received.

    `actor` is who works on it, not who asks.
    """

    given: Sequence[Identifier]
    actor: str
    verified_by: str
    received: datetime | None = None
    with_namesakes: bool = False

    @property
    def at(self) -> datetime:
        return self.received or datetime.now(UTC)


def begin(settings: Settings, asked: Asked) -> tuple[Register, str]:
    """The register, and how the requester proved who they are; holds the run lock.

    What was cut off before is ended first. Raises RightRefused.
    """
    said = verification(asked.verified_by)
    if asked.received and asked.received > datetime.now(UTC):
        raise RightRefused("--received lies in the future: nothing was done")
    finish(settings)
    settle(settings)
    return Register(settings.register_file), said


def written(settings: Settings, request: Request, **told: str) -> None:
    """The act in the audit chain: the request and counts, never a value."""
    detail = {"request": request.request, "verified_by": request.verified_by, **told}
    Audit(settings.audit_file).append(request.actor, request.right, detail)
