"""dbt in this process: prepare its manifest, run it, and let the warehouse go again.

Nothing here knows Dagster. dbt is imported only when it has to work: a night in which nothing
changed never pays for it (2.5 s of import, measured).
"""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from cx_pipeline.contracts import Pack
from cx_pipeline.settings import DBT_PROJECT, Settings

_MADE_BY_DBT = {"target", "logs"}
_PARTIAL_PARSE = "partial_parse.msgpack"
_manifests: dict[Path, Any] = {}


class TransformFailed(Exception):
    """dbt could not do what it was asked; the message says which node and why."""


def parse_vars(packs: Sequence[Pack]) -> dict[str, Any]:
    """What shapes the graph: the active packs and the entities each of them fills."""
    return {"packs": {pack.name: list(pack.entities) for pack in packs}}


def run_vars(settings: Settings, packs: Sequence[Pack], as_of: date) -> dict[str, Any]:
    """`parse_vars` and the night's clock, which no configuration may depend on."""
    return {
        **parse_vars(packs),
        "as_of": as_of.isoformat(),
        "as_of_at": f"{settings.midnight(as_of):%Y-%m-%d %H:%M:%S}",
        "reporting_zone": settings.reporting_zone,
        "reporting_currency": settings.reporting_currency,
    }


def code_fingerprint(settings: Settings, packs: Sequence[Pack]) -> str:
    """One hash of everything that shapes the marts besides the data and the clock."""
    digest = hashlib.sha256(json.dumps(parse_vars(packs), sort_keys=True).encode())
    digest.update(f"{settings.reporting_zone}\x1f{settings.reporting_currency}".encode())
    roots = [(DBT_PROJECT, "project")] + [(path, path.name) for path in settings.pack_paths]
    for root, name in roots:
        for path in sorted(root.rglob("*")):
            if path.suffix in {".sql", ".yml", ".csv"} and "target" not in path.parts:
                digest.update(f"{name}/{path.relative_to(root)}\x1f".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def manifest_path(settings: Settings, packs: Sequence[Pack]) -> Path:
    """The dbt manifest of this home, prepared anew when project, packs or contracts changed."""
    stamp = settings.dbt_target / "fingerprint"
    manifest = settings.dbt_target / "manifest.json"
    now = code_fingerprint(settings, packs)
    if not (manifest.exists() and stamp.exists() and stamp.read_text() == now):
        settings.dbt_target.mkdir(parents=True, exist_ok=True)
        _parse(settings, packs, write=True)
        stamp.write_text(now)
    return manifest


def invoke(
    settings: Settings,
    packs: Sequence[Pack],
    args: Sequence[str],
    variables: Mapping[str, Any],
    on_event: Callable[[Any], None],
) -> None:
    """Run one dbt command; `on_event` gets each of dbt's events as they happen.

    Raises TransformFailed when any node failed. The warehouse is free again afterwards.
    """
    from dbt.cli.main import dbtRunner

    manifest = _manifests.get(settings.dbt_target) or _parse(settings, packs, write=False)
    errors: list[str] = []

    def listen(event: Any) -> None:
        if event.info.level == "error":
            errors.append(event.info.msg)
        on_event(event)

    try:
        result = dbtRunner(manifest=manifest, callbacks=[listen]).invoke(
            [*_QUIET, *args, *_where(settings), "--vars", json.dumps(dict(variables))]
        )
    finally:
        let_go()
    if not result.success:
        raise TransformFailed("\n".join(errors) or str(result.exception))


def let_go() -> None:
    """Close dbt-duckdb's connection: it keeps the file locked after a run (keep_open)."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    # Nothing was opened yet when dbt failed before its first query: env() then has no environment.
    with contextlib.suppress(Exception):
        DuckDBConnectionManager.env().close()  # type: ignore[no-untyped-call]
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


_QUIET = ["--log-level", "none", "--log-level-file", "none", "--no-print", "--no-use-colors"]


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
        "--no-write-json",
    ]  # fmt: skip


def _parse(settings: Settings, packs: Sequence[Pack], *, write: bool) -> Any:
    from dbt.cli.main import dbtRunner

    errors: list[str] = []

    def listen(event: Any) -> None:
        if event.info.level == "error":
            errors.append(event.info.msg)

    where = [arg for arg in _where(settings) if not (write and arg == "--no-write-json")]
    args = [*_QUIET, "parse", *where, "--vars", json.dumps(parse_vars(packs))]
    result = dbtRunner(callbacks=[listen]).invoke(args)
    if not result.success:
        # A half-written cache of an interrupted parse must not fail every run after it.
        (settings.dbt_target / _PARTIAL_PARSE).unlink(missing_ok=True)
        result = dbtRunner(callbacks=[listen]).invoke(args)
    if not result.success:
        raise TransformFailed("\n".join(errors) or str(result.exception))
    _manifests[settings.dbt_target] = result.result
    return result.result


def forget_manifest(settings: Settings) -> None:
    """Drop what was parsed, here and on disk: the next run prepares it anew."""
    _manifests.pop(settings.dbt_target, None)
    shutil.rmtree(settings.dbt_target, ignore_errors=True)
