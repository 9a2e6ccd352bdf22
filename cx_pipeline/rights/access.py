"""Access (GDPR, article 15): everything held of a person, and nothing of anybody else."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from cx_pipeline.release.marts import Table, published_tables
from cx_pipeline.release.shelf import MANIFEST, Shelf
from cx_pipeline.rights.answers import Answered, Held, Write, answer
from cx_pipeline.rights.index import Mentions, OwnRows, person_ids
from cx_pipeline.rights.opened import Opener
from cx_pipeline.rights.page import write_page
from cx_pipeline.rights.register import EVERYTHING, Register, Request
from cx_pipeline.rights.request import Asked
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import columns_of, quoted

MERGED = (
    "Our analyses take you and somebody else for one person, by an identifier that you both use. "
    "Their rows about this person are not shown: they would tell you of the other."
)
_RIGHTS = (
    "to have wrong data corrected (GDPR, article 16)",
    "to have your data erased (article 17)",
    "to have their processing restricted (article 18)",
    "to receive what you provided in a machine-readable form (article 20)",
    "to object to their use, for marketing at any time (article 21)",
    "to complain to a supervisory authority (article 77)",
)


def access(settings: Settings, asked: Asked, out: Path, *, approver: str | None = None) -> Answered:
    """Write `access.json` and `access.html` of all that is held into the new folder `out`."""

    def collect(
        con: duckdb.DuckDBPyConnection, held: Held, request: Request, opener: Opener
    ) -> Write:
        manifest = _manifest(settings)
        ids, is_merged = person_ids(con, held.found.person.own)
        for table in held.own:
            for number, column in enumerate(table.columns):
                opener.want(column, (row[number] for row in table.rows))
        for mention in held.mentions:
            opener.want(mention.column, (value for value, _ in mention.rows))
        marts = [] if is_merged else list(_marts(con, manifest, ids))
        for _, _, rows in marts:
            opener.want(None, (value for row in rows for value in row))
        consents = _consents(con, settings, held)
        opener.want(None, held.found.person.own)
        facts = {
            "published": list(_published(settings)),
            "requests": _requests(settings, held, request),
            "sources": list(_sources(con, manifest, held)),
            "purposes": _purposes(manifest, [table for table, _, _ in marts]),
            "recipients": _recipients(manifest, [table.name for table, _, _ in marts]),
            "retention": _retention(settings),
            "rights": list(_RIGHTS),
        }
        made_at = datetime.now(UTC).isoformat(timespec="seconds")

        def write(folder: Path) -> None:
            told = {
                "request": request.request,
                "made_at": made_at,
                "identifiers": sorted({str(opener.cell(None, t)) for t in held.found.person.own}),
                "shared_identifiers": len(held.found.person.shared),
                "rows": [_own(table, opener) for table in held.own],
                "mentions": [_mention(mention, opener) for mention in held.mentions],
                "analyses": [_mart(*mart, opener) for mart in marts],
                "analyses_left_out": MERGED if is_merged else None,
                "consents": [
                    {name: opener.cell(None, value) for name, value in row.items()}
                    for row in consents
                ],
                **facts,
            }
            text = json.dumps(told, ensure_ascii=False, indent=1, default=str)
            (folder / "access.json").write_text(text + "\n", encoding="utf-8")
            write_page(json.loads(text), folder / "access.html")

        return write

    return answer(settings, "access", asked, out, collect, approver=approver)


def _own(table: OwnRows, opener: Opener) -> dict[str, Any]:
    names = [column.name for column in table.columns]
    return {
        "source": table.contract.source,
        "table": table.contract.table,
        "description": " ".join(table.contract.description.split()),
        "columns": [
            {
                "name": column.name,
                "called": column.vendor_name,
                "description": column.description,
                "kept_as": column.pii.action if column.pii else "delivered",
            }
            for column in table.columns
        ],
        "rows": [
            {name: opener.cell(c, v) for name, c, v in zip(names, table.columns, row, strict=True)}
            for row in table.rows
        ],
    }


def _mention(mention: Mentions, opener: Opener) -> dict[str, Any]:
    return {
        "source": mention.contract.source,
        "table": mention.contract.table,
        "column": mention.column.name,
        "description": mention.column.description,
        "rows": [
            {"value": opener.cell(mention.column, value), "at": at} for value, at in mention.rows
        ],
    }


def _mart(
    table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]], opener: Opener
) -> dict[str, Any]:
    told = {column.name: column for column in table.columns}
    return {
        "table": table.name,
        "description": table.description,
        "columns": [{"name": n, "description": told[n].description} for n in names if n in told],
        "rows": [
            {name: opener.cell(None, value) for name, value in zip(names, row, strict=True)}
            for row in rows
        ],
    }


def _marts(
    con: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any], ids: Sequence[str]
) -> Iterator[tuple[Table, list[str], list[tuple[Any, ...]]]]:
    """Every mart that says whom its rows are about, with the rows about the person."""
    for table in published_tables(manifest) if ids else ():
        if table.kind != "mart" or "person_id" not in {column.name for column in table.columns}:
            continue
        try:
            names = [name for name, _ in columns_of(con, table.schema, table.name)]
        except LookupError:  # dropped by a request before: the next night builds it anew
            continue
        rows = con.execute(
            f"""select {", ".join(map(quoted, names))}
            from {quoted(table.schema)}.{quoted(table.name)} where list_contains(?, person_id)
            order by all""",
            [list(ids)],
        ).fetchall()
        if rows:
            yield table, names, rows


def _consents(
    con: duckdb.DuckDBPyConnection, settings: Settings, held: Held
) -> list[dict[str, Any]]:
    """What the sources say they stated, and what they asked of us and stands."""
    own = sorted(held.found.person.own)
    names = ["person_token", "purpose", "state", "stated_at", "basis", "channel", "source"]
    try:
        rows = con.execute(
            f"""select {", ".join(names)} from entities.consents
            where list_contains(?, person_token) order by all""",
            [own],
        ).fetchall()
    except duckdb.CatalogException:
        rows = []
    told = [dict(zip(names, row, strict=True)) for row in rows]
    for one in Register(settings.register_file).restrictions():
        if one.told in own:
            row = {"person_token": one.told, "purpose": one.purpose, "state": "refused"}
            if one.purpose == EVERYTHING:
                row["state"] = "restricted"
            told.append({**row, "stated_at": one.since, "basis": "request", "source": one.request})
    return told


def _published(settings: Settings) -> Iterator[dict[str, Any]]:
    root = settings.published
    for folder in sorted(path for path in root.iterdir()) if root.is_dir() else ():
        shelf = Shelf(folder)
        for publish in shelf.publishes:
            told = json.loads((publish / MANIFEST).read_text(encoding="utf-8"))
            yield {
                "audience": folder.name,
                "publish": publish.name,
                "as_of": told.get("as_of"),
                "is_live": publish == shelf.current,
                "names": "under pseudonyms made for this audience; no identifier of yours is in it",
            }


def _requests(settings: Settings, held: Held, own: Request) -> list[dict[str, Any]]:
    """Those of the person, this one too."""
    about = Register(settings.register_file).about(held.found.person.own)
    return [
        {
            "request": r.request,
            "right": r.right,
            "received_at": r.received_at,
            "due_at": r.due_at,
            "closed_at": r.closed_at,
            "outcome": r.outcome,
        }
        for r in {r.request: r for r in [*about, own]}.values()
    ]


def _sources(
    con: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any], held: Held
) -> Iterator[dict[str, Any]]:
    """Where the data come from and how far they reach: times of the person's own rows."""
    said = {
        node["source_name"]: " ".join(node.get("source_description", "").split())
        for node in manifest["sources"].values()
    }
    for table in held.own:
        times = [time for time in table.times if time is not None]
        received = [time for time in table.received if time is not None]
        yield {
            "source": table.contract.source,
            "description": said.get(table.contract.source, ""),
            "table": table.contract.table,
            "rows": len(table.rows),
            "first_at": min(times, default=None),
            "last_at": max(times, default=None),
            "first_received_at": min(received, default=None),
            "last_received_at": max(received, default=None),
        }


def _purposes(manifest: Mapping[str, Any], marts: Sequence[Table]) -> list[dict[str, Any]]:
    meta = {node["name"]: node["config"].get("meta", {}) for node in manifest["nodes"].values()}
    return [
        {
            "table": table.name,
            "purpose": str(meta[table.name].get("purpose", "")).replace("_", " "),
            "description": table.description,
        }
        for table in marts
    ]


def _recipients(manifest: Mapping[str, Any], marts: Sequence[str]) -> list[dict[str, Any]]:
    """Who reads the marts that hold the person, as the exposures say."""
    found = []
    for node in manifest.get("exposures", {}).values():
        read = {name.rpartition(".")[2] for name in node["depends_on"]["nodes"]} & set(marts)
        if read:
            owner = node["owner"].get("name") or node["owner"].get("email")
            found.append({"who": owner, "what": node["label"], "tables": sorted(read)})
    return found


def _retention(settings: Settings) -> list[dict[str, Any]]:
    days, keep = settings.retention.landing_days, settings.publish.keep
    return [
        {"what": "delivered files", "kept": f"{days} days after they were read"},
        {"what": "their rows, under tokens", "kept": "until you ask for erasure"},
        {"what": "values behind the tokens, sealed", "kept": "until you ask for erasure"},
        {"what": "published files, under pseudonyms", "kept": f"the last {keep} publishes"},
    ]


def _manifest(settings: Settings) -> Mapping[str, Any]:
    path = settings.dbt_target / "manifest.json"
    if not path.exists():
        return {"nodes": {}, "sources": {}, "exposures": {}}
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told
