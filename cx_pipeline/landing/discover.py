"""What has been delivered and not landed yet: a night costs what changed.

A file's name may hold a person: it is stored and shown as the filter leaves it. A file whose name
was changed by that is known again by its bytes.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cx_pipeline.contracts import Contract, Pack
from cx_pipeline.landing.verify import sha256_of
from cx_pipeline.privacy.safe_text import safe_name

# How tools name a file that they are still writing.
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".done")


@dataclass(frozen=True)
class Delivery:
    """One delivered file and the contract it is read by; `name` is what is stored and shown."""

    path: Path
    name: str
    size: int
    mtime_ns: int
    contract: Contract

    def unchanged(self) -> bool:
        """Whether the file is still as it was found: not being written while it was read."""
        try:
            now = self.path.stat()
        except FileNotFoundError:
            return False
        return (now.st_size, now.st_mtime_ns) == (self.size, self.mtime_ns)


@dataclass(frozen=True)
class Stray:
    """A folder or file that no active source or contract knows."""

    source: str
    name: str
    reason: str


@dataclass(frozen=True)
class Landed:
    """What `landing.loads` remembers of a file."""

    load: int
    table: str
    size: int
    mtime_ns: int
    contract: str
    status: str
    reason: str | None


@dataclass(frozen=True)
class Found:
    """New deliveries in the order of contracts and names; what is not ours; what stays aside."""

    new: tuple[Delivery, ...]
    strays: tuple[Stray, ...]
    aside: tuple[tuple[Delivery, Landed], ...]


def discover(
    con: duckdb.DuckDBPyConnection,
    landing: Path,
    packs: Sequence[Pack],
    only: Collection[str] | None = None,
) -> Found:
    """Walk `landing/<source>/`, passing over every file that is as it was when it was landed.

    `only` names the folders to look into, else all are.
    """
    new: list[Delivery] = []
    strays: list[Stray] = []
    aside: list[tuple[Delivery, Landed]] = []
    active = {pack.name: pack for pack in packs}
    for folder in sorted(landing.iterdir()) if landing.is_dir() else []:
        if folder.name.startswith(".") or (only is not None and folder.name not in only):
            continue
        if folder.name not in active:
            strays += _unknown_source(folder, list(active))
            continue
        seen = _landed(con, folder.name)
        for path in _files(folder):
            told = _delivery(folder, path, active[folder.name])
            if isinstance(told, Stray):
                strays.append(told)
                continue
            before = seen.get((told.name, _digest(told, folder)))
            if before is None or not _same(told, before):
                new.append(told)
            elif before.status == "aside":
                aside.append((told, before))
    order = {c.name: n for pack in packs for n, c in enumerate(pack.contracts)}
    new.sort(key=lambda one: (one.contract.source, order[one.contract.name], one.name))
    return Found(tuple(new), tuple(strays), tuple(aside))


def _same(delivery: Delivery, before: Landed) -> bool:
    return (
        (delivery.size, delivery.mtime_ns) == (before.size, before.mtime_ns)
        and before.contract == delivery.contract.fingerprint()
        and before.table == delivery.contract.table
    )


def _digest(delivery: Delivery, folder: Path) -> str:
    """What tells apart files of one stored name; nothing where the name is stored as it is."""
    if delivery.name == delivery.path.relative_to(folder).as_posix() or delivery.size == 0:
        return ""
    return sha256_of(delivery.path)


def path_of(folder: Path, name: str, sha256: str) -> Path | None:
    """The file of a load by its stored name, if it lies in its source's folder still."""
    if (folder / name).exists():
        return folder / name
    if "[" in name:
        for path in _files(folder) if folder.is_dir() else ():
            told = safe_name(path.relative_to(folder).as_posix())
            if told == name and path.is_file() and sha256_of(path) == sha256:
                return path
    return None


def _landed(con: duckdb.DuckDBPyConnection, source: str) -> Mapping[tuple[str, str], Landed]:
    """By stored name, and by stored name and digest."""
    rows = con.execute(
        """select file_name, sha256,
            load, table_name, file_size, file_mtime_ns, contract, status, reason
        from landing.loads where source = ? order by load""",
        [source],
    ).fetchall()
    found: dict[tuple[str, str], Landed] = {}
    for name, sha256, *rest in rows:
        found[name, ""] = Landed(*rest)
        if "[" in name:
            found[name, sha256] = found[name, ""]
    return found


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(_UNFINISHED):
                yield Path(where, name)


def _delivery(folder: Path, path: Path, pack: Pack) -> Delivery | Stray:
    name = path.relative_to(folder).as_posix()
    if path.is_symlink() or not path.is_file():
        return Stray(pack.name, name, "is a link, not a file; deliver the file itself")
    contracts = [contract for contract in pack.contracts if contract.matches(path.name)]
    if len(contracts) != 1:
        globs = ", ".join(contract.extract.files for contract in contracts or pack.contracts)
        why = "several contracts match" if contracts else "no contract matches"
        return Stray(pack.name, name, f"{why} its name ({globs}); rename it, or move it away")
    told = path.stat()
    return Delivery(path, safe_name(name), told.st_size, told.st_mtime_ns, contracts[0])


def _unknown_source(folder: Path, active: Sequence[str]) -> Iterator[Stray]:
    if folder.is_dir() and next(_files(folder), None) is None:
        return
    known = ", ".join(active)
    yield Stray(
        folder.name,
        "",
        f"no active source has this name (active: {known}); add it to sources in cx.toml, "
        "or move it away",
    )
