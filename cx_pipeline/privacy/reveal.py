"""Open one sealed value for a purpose: written down before it is shown, approved where asked."""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cx_pipeline.privacy.audit import Act, Audit, AuditFault
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.redaction import redact
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.privacy.vault_fault import vault_fault
from cx_pipeline.settings import Settings

_TOKEN = re.compile(r"v[1-9][0-9]{0,2}_[0-9a-f]{32}")
ASKED, APPROVED, REVEALED = "reveal asked", "reveal approved", "reveal"


class RevealRefused(Exception):
    """Nothing is shown; the message says why and what to do, never a value."""


@dataclass(frozen=True)
class Revealed:
    """One opened value, and what the audit chain now says of it."""

    token: str
    value: str = field(repr=False)
    purpose: str
    approver: str | None


@dataclass(frozen=True)
class Request:
    """One wish to see a value, as the audit chain tells it; its number is its line there."""

    number: int
    actor: str
    token: str
    purpose: str
    of: str | None
    asked_at: datetime
    approver: str | None = None
    approved_at: datetime | None = None
    is_used: bool = False


class Reveals:
    """The reveals of one home, and what two persons agreed on: all of it in the audit chain.

    With `[reveal] second_approver`, one account asks, another approves, and the first may reveal
    once within `[reveal] hours`. An approval is a line of the chain and nothing else, so it is
    trusted only while the whole chain holds.

    What this cannot prove: that two accounts are two persons; anything against root, or against
    who may write cx.toml or read both key and vault, since they need no such command. Without
    `second_approver` the approver is a name that the actor told.
    """

    def __init__(self, settings: Settings, now: datetime) -> None:
        self._settings = settings
        self._now = now
        self._audit = Audit(settings.audit_file, settings.vault_file)
        self._span = timedelta(hours=settings.reveal.hours)

    def reveal(self, actor: str, token: str, purpose: str, approver: str | None = None) -> Revealed:
        """The value behind `token`, once the chain holds actor, token, purpose and approver.

        Raises RevealRefused: also when another person has to approve first, with the number of
        the request. Raises KeyFault, LockHeld, AuditFault.
        """
        if not _TOKEN.fullmatch(token):
            raise RevealRefused(
                "that is no token of the warehouse (v1_ and 32 hex digits; those of a publish are "
                "made for its audience and open nothing); find it with: cx token KIND VALUE"
            )
        if approver is not None and (approver == actor or _plain(approver) != approver):
            raise RevealRefused("--approver needs the user name of another person than yourself")
        value = self._opened(token)
        said = _plain(purpose, value)
        if not said:
            raise RevealRefused("--purpose is empty; say what the value is needed for")
        detail = {"token": token, "purpose": said}
        if self._settings.reveal.second_approver:
            approver = self._agreed(actor, detail, approver)
        else:
            told = {"approver": approver} if approver else {}
            self._audit.append(actor, REVEALED, detail | told, at=self._now)
        return Revealed(token, value, said, approver)

    def agree(
        self, actor: str, token: str, purpose: str, approver: str | None = None
    ) -> str | None:
        """The agreement that a reveal needs, for all that is held of whoever holds `token`.

        Returns who approved, or None where cx.toml asks for nobody. Raises as `reveal` does.
        """
        if not self._settings.reveal.second_approver:
            return approver
        return self._agreed(actor, {"token": token, "purpose": purpose}, approver)

    def approve(self, actor: str, number: int) -> Request:
        """Approve a request of another account. Raises RevealRefused, LockHeld, AuditFault."""
        self._prove_chain()

        def allowed(acts: Sequence[Act]) -> None:
            self._check(actor, requests(acts).get(number), number)

        self._audit.append(actor, APPROVED, {"request": str(number)}, at=self._now, allowed=allowed)
        return requests(self._audit.acts())[number]

    def _check(self, actor: str, request: Request | None, number: int) -> None:
        """Raise RevealRefused unless `actor` may approve the request now."""
        if request is None:
            raise RevealRefused(f"there is no request {number}; see: cx audit show")
        if request.actor == actor:
            raise RevealRefused(f"request {number} is your own: another person has to approve it")
        if request.of not in {None, actor}:
            raise RevealRefused(
                f"request {number} asks for the approval of {request.of}, not yours"
            )
        if request.approver:
            raise RevealRefused(f"request {number} is approved already, by {request.approver}")
        if self._now - request.asked_at > self._span:
            raise RevealRefused(f"request {number} is too old; let {request.actor} ask again")

    def _agreed(self, actor: str, detail: dict[str, str], approver: str | None) -> str:
        """Use up an approval of exactly this wish and return who gave it, else ask for one."""
        self._prove_chain()
        request = self._open_request(self._audit.acts(), actor, detail)
        if request is None:
            told = detail | ({"approver": approver} if approver else {})
            number = self._audit.append(actor, ASKED, told, at=self._now)
            raise RevealRefused(
                f"request {number} is written, nothing is shown: {approver or 'another person'} "
                f"approves it with cx subject approve {number}; then repeat this within "
                f"{self._settings.reveal.hours:g} hours"
            )
        if request.approver is None:
            raise RevealRefused(
                f"request {request.number} still waits: {request.of or 'another person'} approves "
                f"it with cx subject approve {request.number}"
            )

        def allowed(acts: Sequence[Act]) -> None:
            if requests(acts)[request.number].is_used:
                raise RevealRefused(f"request {request.number} was used a moment ago; ask again")

        detail |= {"approver": request.approver, "request": str(request.number)}
        self._audit.append(actor, REVEALED, detail, at=self._now, allowed=allowed)
        return request.approver

    def _open_request(
        self, acts: Sequence[Act], actor: str, detail: dict[str, str]
    ) -> Request | None:
        """The newest request of this actor, token and purpose that is neither used nor too old."""
        mine = [
            request
            for request in requests(acts).values()
            if (request.actor, request.token, request.purpose)
            == (actor, detail["token"], detail["purpose"])
            and not request.is_used
            and self._now - (request.approved_at or request.asked_at) <= self._span
        ]
        return max(mine, key=lambda one: (one.approver is not None, one.number), default=None)

    def _prove_chain(self) -> None:
        if broken := self._audit.broken():
            raise AuditFault(
                f"{broken}: no approval can be trusted, nothing is shown; put the copy of a "
                "backup back"
            )

    def _opened(self, token: str) -> str:
        path = self._settings.vault_file
        keys = Keys.load(self._settings)
        if not path.exists():
            raise RevealRefused(f"vault {path} is not there; run first, or restore a copy of it")
        try:
            with Vault(path, keys) as vault:
                value, is_destroyed = vault.open(token), vault.is_destroyed(token)
        except sqlite3.Error as fault:
            raise vault_fault(path, fault) from None
        if is_destroyed:
            raise RevealRefused(f"the value of {token} was destroyed: nobody can open it again")
        if value is None:
            raise RevealRefused(
                f"the vault does not hold {token}; take it from the warehouse or from cx token"
            )
        return value


def requests(acts: Sequence[Act]) -> dict[int, Request]:
    """Every request by its number, with what became of it."""
    found: dict[int, Request] = {}
    for act in acts:
        detail = act.detail
        if act.action == ASKED:
            of = detail.get("approver")
            found[act.line] = Request(
                act.line, act.actor, detail["token"], detail["purpose"], of, act.at
            )
            continue
        number = int(detail["request"]) if "request" in detail else 0
        if number in found and act.action == APPROVED:
            found[number] = replace(found[number], approver=act.actor, approved_at=act.at)
        elif number in found and act.action == REVEALED:
            found[number] = replace(found[number], is_used=True)
    return found


def _plain(text: str, value: str | None = None) -> str:
    """One printable line without what is personal in it, the value itself first of all."""
    line = " ".join(text.encode("utf-8", "replace").decode().split())
    line = "".join(sign for sign in line if sign.isprintable())
    return redact([line], [[value]])[0] or ""
