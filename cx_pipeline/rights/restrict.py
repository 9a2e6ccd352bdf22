"""Restriction, objection and opt-out of sale: what a person's data may not be used for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from cx_pipeline.privacy.audit import Audit
from cx_pipeline.rights.index import find, own_rows
from cx_pipeline.rights.person import RightRefused
from cx_pipeline.rights.register import EVERYTHING
from cx_pipeline.rights.request import Asked, begin, written
from cx_pipeline.rights.standing import settle
from cx_pipeline.rights.stored import warehouse
from cx_pipeline.settings import Settings

# What an objection is to, unless it says: every purpose of marketing.
MARKETING = ("advertising", "email_marketing", "phone_marketing")
OBJECTABLE = (*MARKETING, "analytics")
SALE = "sale"


@dataclass(frozen=True)
class Restricted:
    """What may not be done any more, or may be again. `shared` tokens are not held back."""

    request: str
    outcome: str
    rows: int
    shared: tuple[str, ...] = ()


def restrict(settings: Settings, asked: Asked) -> Restricted:
    """Keep the person's rows, and out of every mart, until it is lifted (GDPR, article 18)."""
    return _ask(settings, "restrict", asked, [EVERYTHING], "kept, and in no mart until lifted")


def refuse(settings: Settings, asked: Asked, purposes: Collection[str] = MARKETING) -> Restricted:
    """The person objects to these purposes (GDPR, article 21), until it is lifted."""
    if unknown := sorted(set(purposes) - set(OBJECTABLE)):
        raise RightRefused(
            f"{unknown[0]!r} is no purpose to object to: nothing was done; there are: "
            f"{', '.join(OBJECTABLE)}"
        )
    return _ask(settings, "object", asked, purposes, f"not used for {', '.join(sorted(purposes))}")


def opt_out_of_sale(settings: Settings, asked: Asked) -> Restricted:
    """Nothing of the person is sold or shared (CCPA, 1798.120), until it is lifted."""
    return _ask(settings, "opt-out-of-sale", asked, [SALE], "neither sold nor shared")


def lift(settings: Settings, right: str, asked: Asked) -> list[Restricted]:
    """End what stands by this right for the person. Raises RightRefused where nothing does."""
    register, said = begin(settings, asked)
    with warehouse(settings) as con:
        found = find(settings, con, asked.given, with_namesakes=asked.with_namesakes)
    standing = {one.request for one in register.restrictions() if one.told in found.person.own}
    mine = [r for r in register.about(found.person.own) if r.request in standing]
    mine = [request for request in mine if request.right == right]
    if not mine:
        raise RightRefused(f"nothing stands by {right} for this person: nothing was done")
    now = datetime.now(UTC)
    for request in mine:
        told = {"request": request.request, "verified_by": said}
        Audit(settings.audit_file).append(asked.actor, f"{right} lifted", told, at=now)
    register.lift([request.request for request in mine], now)
    for request in mine:
        if not request.closed_at:  # no publish has followed it yet, and none will
            register.close(request.request, "lifted before a publish followed it", now)
    settle(settings)
    return [Restricted(request.request, "lifted", 0) for request in mine]


def _ask(
    settings: Settings, right: str, asked: Asked, purposes: Collection[str], outcome: str
) -> Restricted:
    register, said = begin(settings, asked)
    with warehouse(settings) as con:
        found = find(settings, con, asked.given, with_namesakes=asked.with_namesakes)
        rows = sum(len(table.rows) for table in own_rows(con, found))
    request = register.receive(
        right, asked.actor, said, asked.at, {"stage": "publish", "outcome": outcome},
        about=found.about, purposes=sorted(set(purposes)),
    )  # fmt: skip
    written(settings, request, rows=str(rows), purposes=", ".join(sorted(purposes)))
    settle(settings)
    return Restricted(request.request, outcome, rows, tuple(sorted(found.person.shared)))
