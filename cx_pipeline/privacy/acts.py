"""What runs do, as acts of the audit chain: settings, keys, landings and publishes.

What a crash kept out of the chain is entered by the next run: the landing's own records and the
manifests of publishes tell what was done, and each is entered once.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.privacy.actor import actor_name
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.settings import Settings

CONFIGURATION, KEYS, LANDING = "configuration", "keys", "landing"
PUBLISH, REFUSED = "publish", "publish refused"
_SHORT = 12  # hex digits of a digest: to see a change, not to prove a content
_NAMED, _LONGEST = 20, 100


def configured(settings: Settings, contracts: Sequence[Contract]) -> None:
    """Enter what was set otherwise since the last run, and other versions of the key, by name.

    Values are kept as digests under a derived key, so that no secret among them can be guessed.
    Raises KeyFault, LockHeld, AuditFault: then nothing may be begun.
    """
    keys = Keys.load(settings)
    audit = _audit(settings)
    audit.ready()
    known = {act.action: act.detail for act in audit.acts([CONFIGURATION, KEYS])}
    before = known.get(CONFIGURATION, {})
    made_by = int(before.get("key_version", keys.current))
    version = made_by if made_by in keys.versions else keys.current
    now = _digests(settings, contracts, keys, version)
    then: dict[str, str] = json.loads(before.get("digests", "{}"))
    if then != now:
        changed = sorted(n for n in then.keys() | now.keys() if then.get(n) != now.get(n))
        words = _list(changed) if version == made_by else f"unknown: key v{made_by} is gone"
        told = {"changed": words if before else "all: the first run", "key_version": str(version)}
        audit.append(actor_name(), CONFIGURATION, told | {"digests": json.dumps(now)})
    versions = ", ".join(f"v{number}" for number in sorted(keys.versions))
    if known.get(KEYS, {}).get("versions") != versions:
        was = known.get(KEYS, {}).get("versions", "none")
        audit.append(actor_name(), KEYS, {"versions": versions, "before": was})


def landed(settings: Settings, con: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Enter each run that landed files and is not in the chain: files, and rows by source.

    Not to be called while the landing has the vault open. Raises LockHeld, KeyFault, AuditFault.
    """
    rows = con.execute(
        """select run_id, source, count(*), sum(accepted) from landing.loads
        where status = 'loaded' group by run_id, source order by min(load)"""
    ).fetchall()
    runs: dict[str, dict[str, str]] = {}
    for run, source, files, accepted in rows:
        detail = runs.setdefault(str(run), {"run": str(run), "files": "0"})
        detail["files"] = str(int(detail["files"]) + files)
        detail[f"accepted {source}"] = str(accepted)
    _enter(settings, LANDING, "run", runs, run_id)


def published(
    settings: Settings, audience: str, manifests: Iterable[Mapping[str, Any]], run_id: str
) -> None:
    """Enter each publish that is not in the chain, from its manifest.

    Raises LockHeld, KeyFault, AuditFault.
    """
    acts = {
        str(told["publish"]): {
            "publish": str(told["publish"]),
            "audience": audience,
            "content_hash": str(told["content_hash"]),
            "run": str(told["run_id"]),
        }
        for told in manifests
        if told
    }
    _enter(settings, PUBLISH, "publish", acts, run_id)


def refused(settings: Settings, audience: str, run_id: str, reasons: Sequence[str]) -> None:
    """Enter that nothing was shown to `audience`, and what refused it.

    Raises LockHeld, KeyFault, AuditFault.
    """
    names = sorted({r.partition(" failed")[0].partition(" (")[0][:_LONGEST] for r in reasons})
    detail = {"audience": audience, "run": run_id, "refused_by": _list(names)}
    _audit(settings).append(actor_name(), REFUSED, detail)


def _audit(settings: Settings) -> Audit:
    return Audit(settings.audit_file, settings.vault_file)


def _enter(
    settings: Settings,
    action: str,
    name: str,
    acts: Mapping[str, Mapping[str, str]],
    run_id: str,
) -> None:
    """Append those of `acts` whose `name` the chain does not tell yet, in their order."""
    audit = _audit(settings)
    known = {act.detail.get(name) for act in audit.acts([action])} if acts else set()
    for key, detail in acts.items():
        if key not in known:
            late = {} if detail["run"] == run_id else {"entered_later_by": run_id}
            audit.append(actor_name(), action, {**detail, **late})


def _digests(
    settings: Settings, contracts: Sequence[Contract], keys: Keys, version: int
) -> dict[str, str]:
    """A digest of each key of `cx.toml` (defaults included), each contract and declared file."""
    secret = hmac.digest(keys.versions[version], b"cx-pipeline audit digests", hashlib.sha256)
    told = {contract.name: contract.fingerprint() for contract in contracts}
    values: dict[str, Any] = {f"contract {name}": told[name] for name in sorted(told)}
    for name, value in settings.model_dump(mode="json", exclude={"home"}).items():
        inner = {f"{name}.{key}": one for key, one in value.items()} if _is_table(value) else None
        values |= inner or {name: value}
    for file in (settings.funnels_file, settings.fixes_file):
        if file.exists():
            values[file.name] = file.read_text(encoding="utf-8", errors="replace")
    return {
        name: hmac.digest(secret, f"{name}={json.dumps(value)}".encode(), hashlib.sha256).hex()[
            :_SHORT
        ]
        for name, value in values.items()
    }


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and bool(value)


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
