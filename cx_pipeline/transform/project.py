"""The dbt project of a home: what shapes it, its manifest, and the command that runs it.

Nothing here knows Dagster, and dbt itself works in a process of its own.
"""

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cx_pipeline.contracts import Pack, find_packs, load_pack
from cx_pipeline.privacy.redaction import redact
from cx_pipeline.settings import DBT_PROJECT, Settings, prepare_environment
from cx_pipeline.transform import dbt
from cx_pipeline.transform.dbt import TransformFailed
from cx_pipeline.transform.fixes import load_fixes
from cx_pipeline.transform.funnels import load_funnels

_MADE_BY_DBT = {"target", "logs"}
_MANIFEST = "manifest.json"


def parse_vars(packs: Sequence[Pack]) -> dict[str, Any]:
    """What shapes the graph: the active packs and the entities each of them fills."""
    return {"packs": {pack.name: list(pack.entities) for pack in packs}}


def run_vars(settings: Settings, packs: Sequence[Pack], as_of: date) -> dict[str, Any]:
    """What the models are told: the home's settings and the night's clock."""
    return {
        **_settings_vars(settings, packs),
        "as_of": as_of.isoformat(),
        "as_of_at": f"{settings.midnight(as_of):%Y-%m-%d %H:%M:%S}",
        "code": code_fingerprint(settings, packs),
    }


def _settings_vars(settings: Settings, packs: Sequence[Pack]) -> dict[str, Any]:
    """`parse_vars` and what no configuration of a model may depend on."""
    return {
        **parse_vars(packs),
        "reporting_zone": settings.reporting_zone,
        "reporting_currency": settings.reporting_currency,
        "consent_default": settings.consent.default,
        "identity_denied": settings.identity_denied,
        "lookback_days": settings.attribution.lookback_days,
        "half_life_days": settings.attribution.half_life_days,
        "funnels": [funnel.model_dump(mode="json") for funnel in load_funnels(settings)],
        "fixes": [fix.model_dump(mode="json") for fix in load_fixes(settings)],
    }


def code_fingerprint(settings: Settings, packs: Sequence[Pack]) -> str:
    """One hash of everything that shapes the marts besides the data and the clock."""
    return _fingerprint(settings, _settings_vars(settings, packs))


def _fingerprint(settings: Settings, variables: Mapping[str, Any]) -> str:
    """One hash of dbt, the project's and the packs' files, and what they are told."""
    digest = hashlib.sha256(json.dumps(variables, sort_keys=True).encode())
    digest.update(version("dbt-core").encode())
    roots = [(DBT_PROJECT, "project")] + [(path, path.name) for path in settings.pack_paths]
    for root, name in roots:
        for path in sorted(root.rglob("*")):
            if path.suffix in {".sql", ".yml", ".csv"} and "target" not in path.parts:
                digest.update(f"{name}/{path.relative_to(root)}\x1f".encode())
                told = path.stat()
                digest.update(_digest(path, told.st_mtime_ns, told.st_size))
    return digest.hexdigest()


@cache
def _digest(path: Path, changed_at: int, size: int) -> bytes:
    """Of a file's bytes; read again only when it was written again: a night asks five times."""
    return hashlib.sha256(path.read_bytes()).digest()


def manifest_path(settings: Settings, packs: Sequence[Pack]) -> Path:
    """The dbt manifest of this home, prepared anew when project, packs or contracts changed.

    Parsing takes 9 s, and no setting of a home is in what it gives: homes of the same code and
    packs take it from the project's target folder. Raises SettingsError, and prepares nothing, when
    the home says what no model could be told.
    """
    _settings_vars(settings, packs)
    stamp = settings.dbt_target / "fingerprint"
    manifest = settings.dbt_target / _MANIFEST
    now = _fingerprint(settings, parse_vars(packs))
    if not (manifest.exists() and stamp.exists() and stamp.read_text() == now):
        settings.dbt_target.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        shared = _shared(packs, now)
        if settings.pack_paths or not shared.exists():
            _parse(settings, packs)
            if not settings.pack_paths:
                _share(settings, shared)
        else:
            for name in (_MANIFEST, dbt.PARSED):
                shutil.copyfile(shared / name, settings.dbt_target / name)
        stamp.write_text(now)
    return manifest


def _shared(packs: Sequence[Pack], fingerprint: str) -> Path:
    these = hashlib.sha256(json.dumps(parse_vars(packs)).encode()).hexdigest()
    return DBT_PROJECT / "target" / f"parsed-{these[:12]}-{fingerprint[:16]}"


def _share(settings: Settings, shared: Path) -> None:
    """Put what was parsed where other homes find it, whole or not at all; older code's goes."""
    with contextlib.suppress(OSError):  # an installed project may be read-only
        shared.parent.mkdir(exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=shared.parent))
        try:
            for name in (_MANIFEST, dbt.PARSED):
                shutil.copyfile(settings.dbt_target / name, aside / name)
            aside.rename(shared)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        for old in shared.parent.glob(f"{shared.name.rpartition('-')[0]}-*"):
            if old != shared:
                shutil.rmtree(old, ignore_errors=True)


def invoke(
    settings: Settings,
    packs: Sequence[Pack],
    args: Sequence[str],
    variables: Mapping[str, Any],
    *,
    only: Collection[str] | None = None,
    events: Collection[str] = (),
) -> Iterator[dict[str, Any]]:
    """Run one dbt command, on nodes of these names if given; gives dbt's events of the named kinds
    as they happen.

    Raises TransformFailed when any node failed. The warehouse is free again afterwards.
    """
    manifest_path(settings, packs)
    told = [*args, *_where(settings), "--no-write-json"]
    try:
        yield from dbt.run(settings.dbt_target, told, variables, only=only, events=events)
    finally:
        _filter_sql(settings)


def _filter_sql(settings: Settings) -> None:
    """A user's model may put values of rows into the SQL that dbt keeps; ours put none."""
    for made in ("compiled", "run"):
        for path in (settings.dbt_target / made).glob("*/packs/**/*.sql"):
            text = path.read_text(encoding="utf-8")
            if (filtered := redact([text])[0]) != text:
                path.write_text(filtered or "", encoding="utf-8")


def warm_up(settings: Settings) -> None:
    """Start dbt beside what has to be done before it."""
    dbt.warm_up(settings.dbt_target, _where(settings))


def _project(settings: Settings) -> Path:
    """The dbt project of this home: the shipped one, or one of links that adds the user's packs.

    An absolute path among dbt's model paths would make it write compiled SQL over the models.
    """
    if not settings.pack_paths:
        return DBT_PROJECT
    project = settings.dbt_target / "project"
    project.mkdir(parents=True, exist_ok=True)
    links = {path.name: path for path in DBT_PROJECT.iterdir() if path.name not in _MADE_BY_DBT}
    links["packs"] = settings.pack_paths[0]
    for name, target in links.items():
        link = project / name
        if not (link.is_symlink() and link.readlink() == target):
            link.unlink(missing_ok=True)
            link.symlink_to(target)
    return project


def _where(settings: Settings) -> list[str]:
    project = str(_project(settings))
    return [
        "--project-dir", project,
        "--profiles-dir", project,
        "--target-path", str(settings.dbt_target),
        "--log-path", str(settings.logs),
        "--no-version-check",
    ]  # fmt: skip


def _parse(settings: Settings, packs: Sequence[Pack]) -> None:
    args = ["parse", *_where(settings)]

    def parse() -> None:
        for _ in dbt.run(settings.dbt_target, args, parse_vars(packs), manifest=False):
            pass

    try:
        parse()
    except TransformFailed:
        # A half-written cache of an interrupted parse must not fail every run after it.
        (settings.dbt_target / dbt.PARSED).unlink(missing_ok=True)
        parse()


def _parse_shipped() -> None:
    """Parse the project for the demo's sources, as setting up the environment compiles bytecode."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        prepare_environment(settings)
        packs = find_packs(settings.pack_roots)
        manifest_path(settings, [load_pack(packs[name]) for name in settings.sources])


if __name__ == "__main__":
    _parse_shipped()
