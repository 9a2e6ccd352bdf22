"""The night's look at the audit chain: broken, it blocks; a reveal to ask about only warns."""

from datetime import datetime

from cx_pipeline.expectations.verdict import Verdict
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.watch import suspicious
from cx_pipeline.settings import Settings

HOLDS, USUAL = "audit_chain_holds", "reveals_are_usual"
TOLD = {
    HOLDS: "No line of the audit chain was changed, removed, reordered or cut.",
    USUAL: "No reveal of the last day is one that someone should be asked about.",
}


def judge_chain(settings: Settings, now: datetime) -> list[Verdict]:
    """One verdict each for HOLDS (blocking) and USUAL (a warning), at `now` (with a zone).

    A home without any act holds; one whose chain is gone does not, as the vault knows its lines.
    """
    broken = Audit(settings.audit_file, settings.vault_file).broken()
    detail = f"{broken}; see cx audit verify, and compare it with the copy in a backup"
    watch = settings.audit
    odd = suspicious(
        settings.audit_file,
        now,
        hours=watch.hours,
        zone=settings.reporting_zone,
        canaries=watch.canaries,
    )
    return [
        Verdict(HOLDS, "", broken is None, detail=detail if broken else ""),
        Verdict(USUAL, "", not odd, severity="warn", detail="; ".join(odd), blocking=False),
    ]
