"""Extracts as if a person had never been in them: the oracle of an erasure, by contract alone."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cx_pipeline.contracts import Contract, find_packs, load_pack
from cx_pipeline.settings import SHIPPED_PACKS

IDENTIFYING = {"email", "phone", "account", "device", "national_id", "card"}
Row = dict[str, Any]


def contract_of(source: str, path: Path) -> Contract:
    pack = load_pack(find_packs([SHIPPED_PACKS])[source])
    return next(c for c in pack.contracts if c.matches(path.name))


def read(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def rewrite(path: Path, contract: Contract, own: Mapping[str, set[str]]) -> None:
    """Take the rows whose subject is in `own` (values by kind) out, and blank the rest of it."""
    text = read(path)
    if contract.extract.format == "csv":
        done = _csv(contract, text, own)
    else:
        lines = (_json_line(contract, line, own) for line in text.splitlines())
        done = "".join(f"{line}\n" for line in lines if line is not None)
    data = done.encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def _csv(contract: Contract, text: str, own: Mapping[str, set[str]]) -> str:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    head = contract.extract.header_rows
    names = rows[0]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(rows[:head])
    for row in rows[head:]:
        if len(row) != len(names):
            writer.writerow(row)
            continue
        told = dict(zip(names, row, strict=True))
        kept = _without(contract, own, told.get, lambda name, t=told: t.update({name: ""}))
        if kept:
            writer.writerow([told[name] for name in names])
    return out.getvalue()


def _json_line(contract: Contract, line: str, own: Mapping[str, set[str]]) -> str | None:
    try:
        told = json.loads(line)
    except ValueError:
        return line

    def get(path: str) -> Any:
        value: Any = told
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def blank(path: str) -> None:
        *outer, last = path.split(".")
        level = told
        for part in outer:
            level = level[part]
        level[last] = None

    kept = _without(contract, own, get, blank)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) if kept else None


def _without(
    contract: Contract,
    own: Mapping[str, set[str]],
    get: Callable[[str], Any],
    blank: Callable[[str], Any],
) -> bool:
    """Whether the row stays; then without what is in `own`."""
    extract = contract.extract
    held = []
    for column in contract.columns:
        plain = column.name == extract.subject and column.pii is None
        kind = f"{contract.source}.{column.name}" if plain else column.pii and column.pii.kind
        if not plain and (kind not in IDENTIFYING or column.pii.action != "token"):
            continue
        value = get(column.vendor_name)
        if value not in (None, "") and str(value) in own.get(str(kind), ()):
            held.append(column)
    goes = {extract.subject, *(n for n in extract.key if contract.by_name[n].pii)}
    if any(column.name in goes for column in held):
        return False
    for column in held:
        blank(column.vendor_name)
    for column in contract.pii_columns:
        if column.pii and column.pii.by in {other.name for other in held}:
            blank(column.vendor_name)
    subject = contract.by_name[extract.subject] if extract.subject else None
    if held and (subject is None or get(subject.vendor_name) in (None, "")):
        for column in contract.pii_columns:
            if column.pii and (column.pii.kind, column.pii.action) == ("name", "token"):
                blank(column.vendor_name)
    return True


def rows_of(source: str, paths: Iterable[Path]) -> Iterator[tuple[Path, Row]]:
    """Records of delivered files by their vendor's names."""
    for path in paths:
        contract = contract_of(source, path)
        if contract.extract.format == "csv":
            rows = list(csv.reader(io.StringIO(read(path), newline="")))
            for row in rows[contract.extract.header_rows :]:
                yield path, dict(zip(rows[0], row, strict=False))
        else:
            for line in read(path).splitlines():
                try:
                    yield path, json.loads(line)
                except ValueError:
                    continue
