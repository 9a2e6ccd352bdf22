"""Records that are a person's through another record: an order's lines, a customer's orders."""

from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb

from cx_pipeline.columns import Column
from cx_pipeline.contracts import Contract
from cx_pipeline.landing import frames
from cx_pipeline.landing.forget import forget
from cx_pipeline.landing.owners import kind_of
from cx_pipeline.landing.schema import raw_table
from cx_pipeline.landing.verdict import rebuild_next
from cx_pipeline.privacy.normalise import KINDS
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.privacy.tombstones import Identifier, Tombstones
from cx_pipeline.privacy.vault import Vault
from cx_pipeline.warehouse import quoted


def heir_columns(contracts: Sequence[Contract]) -> dict[str, Column]:
    """By name of contract, the key of its rows that is the subject of rows of another table."""
    subjects = {
        (c.source, c.extract.subject, c.by_name[c.extract.subject].pii)
        for c in contracts
        if c.extract.subject
    }
    found = {}
    for contract in contracts:
        key, subject = contract.extract.key, contract.extract.subject
        if subject is None or len(key) != 1 or key[0] == subject:
            continue
        column = contract.by_name[key[0]]
        if (contract.source, column.name, column.pii) in subjects:
            found[contract.name] = column
    return found


def inherited(
    con: duckdb.DuckDBPyConnection,
    contracts: Sequence[Contract],
    tokens: Collection[str],
    plain: Collection[Identifier],
) -> tuple[set[str], set[Identifier]]:
    """The given tokens and plain ids, and those of all stored records that are theirs."""
    heirs = heir_columns(contracts)
    all_tokens, all_plain = set(tokens), set(plain)
    while True:
        found_tokens: set[str] = set()
        found_plain: set[Identifier] = set()
        for contract in contracts:
            if contract.name not in heirs or contract.extract.subject is None:
                continue
            column, subject = heirs[contract.name], contract.by_name[contract.extract.subject]
            kind = kind_of(contract, subject)
            ids = all_tokens if subject.pii else {value for k, value in all_plain if k == kind}
            frames.write(con, "own", {"id": ("text", sorted(ids))})
            rows = con.execute(
                f"""select distinct cast({quoted(column.name)} as varchar)
                from {raw_table(contract).name}
                where cast({quoted(subject.name)} as varchar) in (select id from own)
                  and {quoted(column.name)} is not null"""
            ).fetchall()
            if column.pii:
                found_tokens |= {value for (value,) in rows}
            else:
                found_plain |= {(kind_of(contract, column), value) for (value,) in rows}
        if found_tokens <= all_tokens and found_plain <= all_plain:
            return all_tokens, all_plain
        all_tokens |= found_tokens
        all_plain |= found_plain


def plain_found(
    con: duckdb.DuckDBPyConnection, contracts: Sequence[Contract], tombstones: Tombstones
) -> set[Identifier]:
    """Stored subjects that are no tokens, and that a tombstone lies on."""
    found: set[Identifier] = set()
    for contract in contracts:
        subject = contract.extract.subject
        if subject is None or contract.by_name[subject].pii:
            continue
        rows = con.execute(
            f"select distinct cast({quoted(subject)} as varchar) from {raw_table(contract).name} "
            f"where {quoted(subject)} is not null"
        ).fetchall()
        kind = kind_of(contract, contract.by_name[subject])
        found |= {(kind, value) for value in tombstones.found(kind, (v for (v,) in rows))}
    return found


def keep_out_heirs(
    con: duckdb.DuckDBPyConnection,
    contracts: Sequence[Contract],
    archive: Path,
    found: Collection[Identifier],
    unsealed: Tokenizer,
    tombstones: Tombstones,
    vault: Vault,
    at: str,
) -> None:
    """Lay tombstones on records of the erased that have just come, and take out what is theirs.

    An order that comes after its customer was erased is not stored; nor are its lines, whether they
    came before it or will come. To be done before the file is known as loaded: cut off, the file
    is read again, and this is done again.
    """
    by_kind = [(kind, value) for kind, value in found if kind in KINDS]
    named = {t for kind, value in by_kind for t in unsealed.tokens(kind, [value]) if t}
    plain = {(kind, value) for kind, value in found if kind not in KINDS}
    tokens, more = inherited(con, contracts, named, plain)
    opened = [(str(vault.kind(t)), v) for t in sorted(tokens) if (v := vault.open(t)) is not None]
    tombstones.lay([*found, *more, *opened], "landing", at)
    touched, loose = forget(con, contracts, archive, tokens, more)
    vault.destroy(tokens)
    vault.drop(loose - tokens)
    if touched:
        rebuild_next(con)
