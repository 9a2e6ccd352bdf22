"""Make a home, and look at what it holds."""

import json
import re
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cx_pipeline.cli.show import AsJson, Told, as_json, say, table
from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.outcome import Night
from cx_pipeline.privacy.keys import make_first_key
from cx_pipeline.settings import (
    DEMO_SOURCES,
    SHIPPED_PACKS,
    Settings,
    SettingsError,
    load_settings,
    prepare_dagster_home,
)
from cx_pipeline.warehouse import lock_holder

_TOML = """\
# What this home takes in, and when. Every key is explained in docs/settings.md.
sources = {sources}
reporting_zone = "UTC"
reporting_currency = "EUR"
{key}
[schedule]
cron = "0 3 * * *"
zone = "UTC"
deadline = "06:00"

[retention]
landing_days = 30

[publish]
keep = 5

[quarantine]
limit = 0.05

[alert]
webhook = ""
"""


def init(
    ctx: typer.Context,
    sources: Annotated[
        str | None, typer.Option(help="Source packs, separated by commas; else the demo's four.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="The key that makes tokens; else a new one is made.")
    ] = None,
    json_wanted: AsJson = False,
) -> None:
    """Make a home: cx.toml, landing folders, and a key. An existing home keeps its key."""
    told: Told = ctx.obj
    settings = init_home(told.home, sources, key_file)
    if json_wanted:
        as_json({"home": str(settings.home), "sources": list(settings.sources)})
        return
    say(f"Home {settings.home} takes in {', '.join(settings.sources)}.")
    say(f"Drop extracts into {settings.landing}/<source>/, then: cx --home {settings.home} run")


def init_home(home: Path, sources: str | None, key_file: Path | None) -> Settings:
    """Write what is missing of a home and return its settings."""
    chosen = [name.strip() for name in sources.split(",") if name.strip()] if sources else None
    known = find_packs([SHIPPED_PACKS])
    toml = home / "cx.toml"
    if key_file and not key_file.is_file():
        raise SettingsError(f"the key file {key_file} does not exist; name one that does")
    home.mkdir(parents=True, exist_ok=True)
    if toml.exists():
        _choose_again(toml, chosen)
    else:
        if unknown := sorted(set(chosen or ()) - set(known)):
            raise SettingsError(
                f"there is no pack for the source {unknown[0]!r}; packs: {', '.join(sorted(known))}"
            )
        key = f"key_file = {json.dumps(str(key_file.resolve()))}\n" if key_file else ""
        names = json.dumps(list(chosen or DEMO_SOURCES))
        toml.write_text(_TOML.format(sources=names, key=key), encoding="utf-8")
    settings = load_settings(home)
    for name in settings.sources:
        (settings.landing / name).mkdir(parents=True, exist_ok=True)
    settings.state.mkdir(exist_ok=True)
    prepare_dagster_home(settings)
    if not key_file:
        make_first_key(settings)
    return settings


def _choose_again(toml: Path, chosen: list[str] | None) -> None:
    if chosen:
        text = toml.read_text(encoding="utf-8")
        line = f"sources = {json.dumps(chosen)}"
        toml.write_text(re.sub(r"(?m)^sources = .*$", line, text, count=1), encoding="utf-8")


def status(ctx: typer.Context, json_wanted: AsJson = False) -> None:
    """What is live, how far its data reach, and how the last run ended."""
    told: Told = ctx.obj
    settings = load_settings(told.home)
    report = status_of(settings)
    if json_wanted:
        as_json(report)
        return
    live = report["published"]
    if live is None:
        say("Nothing is published yet.")
    else:
        say(f"Live: {live['run_id']}, as of {live['as_of']}, content {live['content_hash'][:16]}")
        rows = [[name, day] for name, day in sorted(live["data_through"].items())]
        table("Data through", ["source", "data through"], rows)
    last = report["last_run"]
    if last:
        say(f"Last run: {last['run_id']}, exit code {last['exit_code']}")
        for sentence in last["said"]:
            say(f"  {sentence}")
    if report["running"]:
        say("Running now: {command}, since {since}".format(**report["running"]))


def status_of(settings: Settings) -> dict[str, Any]:
    """The state of a home from its files alone: the warehouse is never opened."""
    manifest = settings.published / "analysts" / "current" / "manifest.json"
    live = json.loads(manifest.read_text()) if manifest.exists() else None
    runs = sorted((settings.state / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime)
    last = Night.model_validate_json(runs[-1].read_text()) if runs else None
    running = lock_holder(settings.lock_file)
    keys = ("run_id", "as_of", "content_hash", "data_through", "published_at")
    return {
        "home": str(settings.home),
        "sources": list(settings.sources),
        "published": {key: live.get(key) for key in keys} if live else None,
        "last_run": {
            "run_id": last.run_id,
            "exit_code": last.exit_code,
            "said": sentences(last),
        }
        if last
        else None,
        "running": asdict(running) if running else None,
    }


def sentences(night: Night) -> list[str]:
    """Everything a run has to tell, one sentence each, the worst first."""
    return [
        *(f"privacy gate: {leak}" for leak in night.leaks),
        *([night.refusal] if night.refusal else []),
        *night.errors,
        *night.over_limit,
        *night.failed_checks,
        *_of_files(night),
        *night.warnings,
    ]


def _of_files(night: Night) -> list[str]:
    """One sentence a file that did not land whole; what many files share is said once."""
    told = [f.reason for f in night.files if f.reason and f.status != "loaded"]
    lost = sum(f.quarantined for f in night.files)
    if lost:
        read = sum(f.rows_read for f in night.files)
        told.append(f"{lost} of {read} rows went to quarantine; see: cx quarantine")
    noted = Counter(
        (f"{f.source}.{f.table}", (f.reason or "").partition(": ")[2].partition(", as load ")[0])
        for f in night.files
        if f.status == "loaded" and f.reason
    )
    return [*told, *(f"{name}: {why} ({n} files)" for (name, why), n in sorted(noted.items()))]


def sources(ctx: typer.Context, json_wanted: AsJson = False) -> None:
    """The source packs there are, which of them are active, and the files they take."""
    told: Told = ctx.obj
    settings = load_settings(told.home)
    rows = []
    for name, folder in sorted(find_packs(settings.pack_roots).items()):
        pack = load_pack(folder)
        for contract in pack.contracts:
            state = "active" if name in settings.sources else "available"
            extract = contract.extract.files
            rows.append([name, state, contract.table, extract, contract.description])
    names = ["source", "state", "table", "files", "description"]
    if json_wanted:
        as_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        table("Sources", names, rows)
