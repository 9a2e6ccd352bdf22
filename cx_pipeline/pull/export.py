"""Export jobs: start, poll, download, unpack, as Qualtrics and Salesforce Bulk deliver."""

import csv
from pathlib import Path
from typing import Any, cast

from cx_pipeline.contracts import Contract
from cx_pipeline.pull.cursor import since
from cx_pipeline.pull.fault import PullFault
from cx_pipeline.pull.manifest import Arrival
from cx_pipeline.pull.rows import dialect
from cx_pipeline.pull.source import Source, put
from cx_pipeline.pull.template import filled, filled_path, found_at
from cx_pipeline.pull.unpack import unpacked
from cx_pipeline.pull.web import Web
from cx_pipeline.pulls import ExportPull

_BLOCK = 1 << 20


def pull_export(source: Source, contract: Contract) -> list[Arrival]:
    """Have the table exported, and deliver the result as one file. Raises PullFault."""
    pull = cast(ExportPull, contract.pull)
    columns = ", ".join(column.vendor_name for column in contract.delivered)
    values: dict[str, Any] = {"columns": columns, **pull.values, **source.place.values}
    if pull.since:
        values["since"] = since(pull.since, source.manifest.cursor(contract.table))
    web = Web(source, pull.auth, pull.rate)
    try:
        told, _ = web.json(
            f"{pull.start.method} {pull.start.path}",
            pull.start.method,
            web.address(filled_path(pull.start.path, values)),
            body=filled(pull.start.body, values),
        )
        values["id"] = _found(told, pull.start.id, pull.start.path)
        done = _polled(source, pull, web, values)
        values |= {
            name: _found(done, path, pull.poll.path) for name, path in pull.poll.keep.items()
        }
        expected = found_at(done, pull.poll.rows) if pull.poll.rows else None
        cursor = source.now.isoformat() if pull.since else None
        with source.temporary() as written:
            written.touch()
            if expected == 0:
                return [source.deliver_made(contract, written, rows=0, cursor=cursor)]
            pages = _fetched(source, contract, pull, web, values, written)
            rows = _count(contract, written)
            if isinstance(expected, int) and rows is not None and rows != expected:
                raise PullFault(
                    f"{pull.fetch.path}: {rows} of {expected} rows came; nothing of it was kept"
                )
            return [source.deliver_made(contract, written, rows=rows, cursor=cursor, pages=pages)]
    finally:
        web.close()


def _found(told: Any, path: str, asked: str) -> str | int:
    value = found_at(told, path)
    if not isinstance(value, str | int):
        raise PullFault(f"{asked}: the answer has no {path}; check the contract's pull")
    return value


def _polled(source: Source, pull: ExportPull, web: Web, values: dict[str, Any]) -> Any:
    """The answer that says the job is done."""
    poll, waited = pull.poll, 0.0
    while True:
        address = web.address(filled_path(poll.path, values))
        told, _ = web.json(f"GET {poll.path}", "GET", address)
        status = found_at(told, poll.status)
        if status in poll.done:
            return told
        if status in poll.failed:
            raise PullFault(f"{poll.path}: the export job ended as {status}; see the other side")
        if waited >= poll.within:
            raise PullFault(f"{poll.path}: the export job did not end within {poll.within:g} s")
        source.patience.wait(poll.every)
        waited += poll.every


def _fetched(
    source: Source,
    contract: Contract,
    pull: ExportPull,
    web: Web,
    values: dict[str, Any],
    written: Path,
) -> int:
    """Write all parts of the result into one file; returns how many there were."""
    fetch, parts, seen = pull.fetch, 0, set[str]()
    params: dict[str, Any] = filled(fetch.params, values)
    address, label = web.address(filled_path(fetch.path, values)), f"GET {fetch.path}"
    header = b""
    while True:
        with source.temporary() as packed, source.temporary() as whole:
            with packed.open("wb", 0) as file:
                headers = web.download(label, address, params, file)
            part = unpacked(fetch.unpack, packed, whole)
            if fetch.rows_header and (told := headers.get(fetch.rows_header, "")).isdigit():
                rows = _count(contract, part)
                if rows is not None and rows != int(told):
                    raise PullFault(f"{fetch.path}: {rows} of {told} rows of a part came")
            header = _append(contract, part, written, header)
        parts += 1
        mark = headers.get(fetch.next_header, "") if fetch.next_header else ""
        if mark in ("", "null"):
            return parts
        if mark in seen:
            raise PullFault(f"{fetch.path}: a part names an earlier one as the next")
        seen.add(mark)
        params = params | {fetch.next_param or "": mark}


def _append(contract: Contract, part: Path, written: Path, header: bytes) -> bytes:
    """Put a part behind those before it; only the first keeps its header. Returns the header."""
    is_csv = contract.extract.format == "csv"
    with part.open("rb") as theirs, written.open("ab", 0) as ours:
        first = theirs.readline() if is_csv else b""
        if ours.tell() == 0:
            put(ours, first)
        elif first != header:
            raise PullFault("the parts of the export have different headers; nothing was kept")
        last = first
        while block := theirs.read(_BLOCK):
            put(ours, block)
            last = block
        if not last.endswith(b"\n"):
            put(ours, b"\n")
    return first


def _count(contract: Contract, path: Path) -> int | None:
    """Rows of a CSV or NDJSON file; None where only the landing can tell."""
    extract = contract.extract
    if extract.format == "ndjson":
        with path.open("rb") as file:
            return sum(1 for line in file if line.strip())
    if extract.format != "csv":
        return None
    csv.field_size_limit(1 << 27)
    try:
        with path.open(encoding=extract.encoding, newline="") as text:
            told = csv.reader(text, **dialect(extract))
            return max(0, sum(1 for row in told if row) - extract.header_rows)
    except (UnicodeDecodeError, csv.Error):
        return None  # the landing says where, and sets it aside
