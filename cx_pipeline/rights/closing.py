"""What a human says of a request: that it has come to its end, or needs more time."""

from datetime import UTC, datetime

from cx_pipeline.privacy.audit import Audit
from cx_pipeline.rights.law import one_line
from cx_pipeline.rights.person import RightRefused
from cx_pipeline.rights.register import Register, Request
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import run_lock


def close(settings: Settings, request: str, outcome: str, actor: str) -> Request:
    """Close a request that no run closes. Raises RightRefused, LockHeld."""
    said, now = one_line(outcome), datetime.now(UTC)
    if not said:
        raise RightRefused("--outcome is empty: nothing was done; say what came of the request")
    with run_lock(settings.lock_file, "cx subject close"):
        register = Register(settings.register_file)
        told = register.one(request)
        if told.closed_at:
            raise RightRefused(f"request {request} is closed already: {told.outcome}")
        if told.todo is not None:
            raise RightRefused(
                f"request {request} ends by itself when the next publish follows it: cx run"
            )
        detail = {"request": request, "outcome": said}
        Audit(settings.audit_file).append(actor, "request closed", detail, at=now)
        register.close(request, said, now)
    return register.one(request)


def extend(settings: Settings, request: str, reason: str, actor: str) -> Request:
    """Give a request two months more. Raises RightRefused, LockHeld."""
    said, now = one_line(reason), datetime.now(UTC)
    if not said:
        raise RightRefused("--reason is empty: nothing was done; say why it takes longer")
    with run_lock(settings.lock_file, "cx subject extend"):
        told = Register(settings.register_file).extend(request, said, now)
        detail = {"request": request, "reason": said, "due": told.due_at.isoformat()}
        Audit(settings.audit_file).append(actor, "request extended", detail, at=now)
    return told
