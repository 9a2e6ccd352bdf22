"""A new key: every token made anew from the vault, everywhere, in one swap or not at all."""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.landing import archive, frames, rivals
from cx_pipeline.landing.derived import drop_derived, kept_texts
from cx_pipeline.landing.packs import landed_contracts
from cx_pipeline.landing.schema import raw_table
from cx_pipeline.privacy.keys import KeyFault, Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.rewrite import rewrite
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect, quoted

_ROTATED = ".rotated"
# A subquery in place of a join: the rows keep their number and their order.
_NEW = "(select _new from tokens where _old = {})"


@dataclass(frozen=True)
class Rotated:
    """What a rotation did: from which key version to which, and how many tokens were made anew."""

    old: int
    new: int
    tokens: int


def stored_version(settings: Settings, keys: Keys) -> int | None:
    """The key version that what is stored was made with; None where nothing is."""
    if not settings.vault_file.exists():
        return None
    with Vault(settings.vault_file, keys) as vault:
        return vault.version


def refuse_half_rotated(settings: Settings, keys: Keys) -> None:
    """Raises KeyFault when stored tokens are of an older key than new ones would be."""
    version = stored_version(settings, keys)
    if version not in (None, keys.current):
        raise KeyFault(
            f"the key has a version {keys.current}, and what is stored was made with version "
            f"{version}: nothing was read, for nobody would be found again; make every token "
            "anew with: cx keys rotate"
        )


def finish(settings: Settings) -> None:
    """End a swap that was cut off, or clear away what was not whole yet."""
    if _journal(settings).exists():
        _swap(settings)
    for leftover in settings.state.glob(f".*{_ROTATED}*"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def rotate(settings: Settings, keys: Keys) -> Rotated:
    """Make every token anew with the current key; the caller holds the run lock.

    All versions of the key have to be given. Vault, archive and warehouse are written beside those
    in use and take their places together; a swap that is cut off is ended by the next run. The
    next night builds everything. Raises KeyFault when there is no newer key, or when a stored
    token has no value in the vault.
    """
    finish(settings)
    with Vault(settings.vault_file, keys) as vault:
        old = vault.version
        if old is None or old == keys.current:
            raise KeyFault(
                f"there is no newer key than version {keys.current}: nothing was done; add a line "
                "v<n>:<base64 of 32 bytes> to the key, and keep the old ones until it is done"
            )
        tokens = vault.anew(_anew(settings.vault_file), keys, Tokenizer(keys).tokens)
    copy = _anew(settings.warehouse_file)
    shutil.copyfile(settings.warehouse_file, copy)
    told = settings.warehouse
    with connect(copy, memory_limit=told.memory_limit, threads=told.threads) as con:
        frames.write(
            con,
            "tokens",
            {"_old": ("text", list(tokens)), "_new": ("text", list(tokens.values()))},
        )
        for contract in landed_contracts(settings, con):
            _prove(con, contract, settings.vault_file)
            _archive_anew(con, contract, settings.archive)
            _raw_anew(con, contract)
        _others_anew(con)
    rewrite(
        copy,
        memory_limit=told.memory_limit,
        threads=told.threads,
        block_compression=told.block_compression,
    )
    _register_anew(settings.register_file, tokens)
    _journal(settings).touch()
    _swap(settings)
    return Rotated(old, keys.current, len(tokens))


def _prove(con: duckdb.DuckDBPyConnection, contract: Contract, vault: Path) -> None:
    for name in _token_columns(contract):
        lost = frames.number(
            con,
            f"select count(distinct {quoted(name)}) from {raw_table(contract).name} "
            f"where {quoted(name)} is not null and {quoted(name)} not in (select _old from tokens)",
        )
        if lost:
            raise KeyFault(
                f"{lost} tokens in raw_{contract.name} have no value in {vault}: nothing was "
                "changed, for they cannot be made anew; restore the vault's last copy"
            )


def _archive_anew(con: duckdb.DuckDBPyConnection, contract: Contract, folder: Path) -> None:
    target = _anew(folder) / contract.source
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((folder / contract.source).glob(f"*-{contract.table}.parquet")):
        there = archive.columns_in(con, path)
        values = {name: new for name, new in _values(contract).items() if name in there}
        archive.rewrite(con, contract, path, target / path.name, keep="true", values=values)


def _raw_anew(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """The raw table as if its rows had come with the new tokens; rivals are settled again."""
    table = raw_table(contract)
    values = _values(contract)
    shown = ", ".join(
        f"{values.get(name, quoted(name))} as {quoted(name)}" for name, _ in contract.raw_columns
    )
    content = archive.content(contract, contract.raw_columns)
    key = archive.key(contract, files="", order="_load, _line")
    con.execute(
        f"""create or replace temp table anew as
        select *, {key} as _key from (
            select *, cast(md5({content}) as uuid) as _hash from (
                select {shown}, _version, _time, _row, _load, _line from {table.name}))"""
    )
    con.execute(f"delete from {table.name}")
    con.execute(f"delete from {table.superseded}")
    con.execute(f"insert into {table.name} by name select * from anew order by _row")
    rivals.settle(con, table, "anew", "true")
    con.execute("drop table anew")


def _others_anew(con: duckdb.DuckDBPyConnection) -> None:
    drop_derived(con)
    # Every person has another name now: nobody was merged.
    con.execute("drop table if exists state.person_tokens_logged")
    for place, texts in kept_texts(con):
        changes = ", ".join(
            f"{quoted(c)} = coalesce({_NEW.format(quoted(c))}, {quoted(c)})" for c in texts
        )
        held = " or ".join(f"{quoted(c)} in (select _old from tokens)" for c in texts)
        con.execute(f"update {place} set {changes} where {held}")


def _register_anew(path: Path, tokens: Mapping[str, str]) -> None:
    """Whom the requests are about, and what was corrected, under the new tokens."""
    if not path.exists():
        return
    shutil.copy2(path, _anew(path))
    with closing(sqlite3.connect(_anew(path))) as con, con:
        there = {name for (name,) in con.execute("select name from sqlite_master")}
        for table, column in (("subjects", "told"), ("corrections", "was"), ("corrections", "now")):
            if table in there:
                con.executemany(
                    f"update {table} set {column} = ? where {column} = ?",
                    [
                        (tokens[told], told)
                        for (told,) in con.execute(f"select distinct {column} from {table}")
                        if told in tokens
                    ],
                )


def _values(contract: Contract) -> Mapping[str, str]:
    return {name: _NEW.format(quoted(name)) for name in _token_columns(contract)}


def _token_columns(contract: Contract) -> list[str]:
    return [c.name for c in contract.pii_columns if c.pii and c.pii.action == "token"]


def _exchanged(settings: Settings) -> tuple[Path, ...]:
    return (
        settings.archive, settings.warehouse_file, settings.vault_file, settings.register_file,
    )  # fmt: skip


def _anew(path: Path) -> Path:
    return path.with_name(f".{path.name}{_ROTATED}")


def _journal(settings: Settings) -> Path:
    """There while a swap is going on: everything new is whole."""
    return settings.state / "rotation.swap"


def _swap(settings: Settings) -> None:
    for path in _exchanged(settings):
        anew, old = _anew(path), path.with_name(f".{path.name}.old")
        if anew.exists():
            if path.is_dir():
                shutil.rmtree(old, ignore_errors=True)
                path.rename(old)
            anew.replace(path)
        shutil.rmtree(old, ignore_errors=True)
    _journal(settings).unlink()
    finish(settings)
