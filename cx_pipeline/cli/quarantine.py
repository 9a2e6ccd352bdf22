"""Look at what could not be read, and read it again once its contract is mended."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cx_pipeline.cli.home import sentences
from cx_pipeline.cli.night import start
from cx_pipeline.cli.show import AsJson, Told, as_json, note, say, table
from cx_pipeline.contracts import Contract, Pack, find_packs, load_pack
from cx_pipeline.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from cx_pipeline.landing.waiting import Waiting

Source = Annotated[str | None, typer.Argument(metavar="[SOURCE]", help="Else every source.")]


def quarantine(
    ctx: typer.Context,
    source: Source = None,
    file: Annotated[
        str | None, typer.Option(help="A file by its name, or a pattern: 'Contact*'.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Words that the reason holds.")] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="Records told one by one; the counts are of all.")
    ] = 50,
    json_wanted: AsJson = False,
) -> None:
    """Rows that could not be read, with their reasons, and files that were set aside whole."""
    from cx_pipeline.landing import waiting
    from cx_pipeline.warehouse import connect

    told: Told = ctx.obj
    settings = load_settings(told.home)
    packs = _packs(settings, source)
    wanted = waiting.Wanted(source, file, reason)
    found: dict[str, list[Any]] = {"counts": [], "records": [], "files_aside": []}
    if settings.warehouse_file.exists():
        with connect(settings.warehouse_file, read_only=True) as con:
            if waiting.has_landed(con):
                found["counts"] += map(asdict, waiting.counted(con, settings.landing, wanted))
                found["records"] += map(asdict, waiting.records(con, wanted, limit))
                stray = waiting.strays(con, settings.landing, packs, wanted)
                aside = [*waiting.aside(con, settings.landing, wanted), *stray]
                found["files_aside"] += map(asdict, aside)
    if json_wanted:
        as_json(found)
    else:
        _show(found)


def _show(found: Mapping[str, list[dict[str, Any]]]) -> None:
    titles = {"counts": "In quarantine", "records": "Records", "files_aside": "Files set aside"}
    for name, title in titles.items():
        if rows := found[name]:
            table(title, list(rows[0]), [[_line(cell) for cell in row.values()] for row in rows])
    if not any(found.values()):
        say("Nothing lies in quarantine, and no file stands aside.")
        return
    told = sum(row["rows"] for row in found["counts"])
    if len(found["records"]) < told:
        note(f"{len(found['records'])} of {told} records are told; more with --limit")
    note("Mend the contract and then: cx replay; or let the source deliver the rows again.")


def _line(cell: Any) -> Any:
    """A record of several lines on one."""
    return " ".join(cell.split()) if isinstance(cell, str) else cell


def replay(ctx: typer.Context, source: Source = None, json_wanted: AsJson = False) -> None:
    """Read quarantine, and files set aside, again by the contracts as they are now."""
    from cx_pipeline.landing import waiting
    from cx_pipeline.warehouse import connect

    told: Told = ctx.obj
    settings = load_settings(told.home)
    contracts = [contract for pack in _packs(settings, source) for contract in pack.contracts]
    before = _waiting(settings, contracts)
    night = start(settings, job="replay", sources=[source] if source else None)
    after = _waiting(settings, contracts)
    with connect(settings.warehouse_file, read_only=True) as con:
        beyond = list(waiting.out_of_reach(con, settings.landing, contracts))
    moved, files = before.without(after)
    if json_wanted:
        as_json(
            {
                "run_id": night.run_id,
                "rows_moved": moved,
                "rows_still_in_quarantine": after.rows,
                "files_no_longer_aside": files,
                "files_still_aside": len(after.aside),
                "cannot_be_replayed": beyond,
                "said": sentences(night),
                "exit_code": night.exit_code,
            }
        )
    else:
        for sentence in [*sentences(night), *beyond]:
            note(sentence)
        say(f"Rows that left quarantine: {moved}; still there: {after.rows}.")
        say(f"Files that no longer stand aside: {files}; still aside: {len(after.aside)}.")
        if moved or files:
            say(f"The marts hold them after: cx --home {settings.home} run")
    raise typer.Exit(night.exit_code)


def _waiting(settings: Settings, contracts: Sequence[Contract]) -> "Waiting":
    from cx_pipeline.landing import waiting
    from cx_pipeline.warehouse import connect

    if settings.warehouse_file.exists():
        with connect(settings.warehouse_file, read_only=True) as con:
            if waiting.has_landed(con):
                return waiting.waiting(con, contracts)
    return waiting.Waiting()


def _packs(settings: Settings, source: str | None) -> list[Pack]:
    """The pack of a source of this home, or all of them."""
    if source is not None and source not in settings.sources:
        raise SettingsError(
            f"{source!r} is no source of this home; sources: {', '.join(settings.sources)}"
        )
    packs = find_packs(settings.pack_roots)
    chosen = [source] if source else [name for name in settings.sources if name in packs]
    return [load_pack(packs[name], settings.redaction.reading) for name in chosen]
