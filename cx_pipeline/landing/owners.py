"""Whose row it is, by its contract: what an erasure takes out, and what it blanks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cx_pipeline.columns import IDENTIFYING, Column
from cx_pipeline.contracts import Contract
from cx_pipeline.warehouse import quoted


@dataclass(frozen=True)
class Owners:
    """Columns of one table by what becomes of its row when a value of theirs is erased.

    A row is its subject's: erased, it goes; so does one whose key is made of what was erased, for
    a blank key would name many rows. Elsewhere the value alone goes, with the texts that its person
    wrote, and in a row of nobody its names with it.
    """

    own: tuple[Column, ...]
    mentioned: tuple[Column, ...]
    names: tuple[Column, ...]
    texts: tuple[Column, ...]
    subject: str | None

    @classmethod
    def of(cls, contract: Contract) -> "Owners":
        extract = contract.extract
        keys = {name for name in extract.key if contract.by_name[name].pii}
        own = [c for c in contract.columns if c.name == extract.subject or c.name in keys]
        tokens = [c for c in contract.pii_columns if c.pii and c.pii.action == "token"]
        return cls(
            own=tuple(own),
            mentioned=tuple(
                c for c in tokens if c.pii and c.pii.kind in IDENTIFYING and c not in own
            ),
            names=tuple(c for c in tokens if c.pii and c.pii.kind == "name" and c not in own),
            texts=tuple(c for c in contract.pii_columns if c.pii and c.pii.by),
            subject=extract.subject,
        )

    def hits(self, contract: Contract, there: Collection[str], named: str) -> dict[str, str]:
        """SQL by column name: whether it holds one of the identifiers in table `named(kind, told)`.

        A token's kind is empty there; `there` are the columns that the rows have.
        """
        found = {}
        for column in (*self.own, *self.mentioned):
            if column.name in there:
                kind = "" if column.pii else kind_of(contract, column)
                told = f"(select told from {named} where kind = '{kind}')"
                value = f"cast({quoted(column.name)} as varchar)"
                found[column.name] = f"coalesce({value} in {told}, false)"
        return found

    def goes(self, hits: Mapping[str, str]) -> str:
        """SQL: whether the row goes. `hits` tells by column name what is erased in it."""
        return " or ".join(hits[c.name] for c in self.own if c.name in hits) or "false"

    def mentions(self, hits: Mapping[str, str]) -> str:
        """SQL: whether a row that stays holds what is erased."""
        return " or ".join(hits[c.name] for c in self.mentioned if c.name in hits) or "false"

    def blanked(self, hits: Mapping[str, str]) -> dict[str, str]:
        """SQL condition by name of each column that may have to be blanked."""
        told = {c.name: hits[c.name] for c in self.mentioned if c.name in hits}
        if told:
            nobody = f"{quoted(self.subject)} is null" if self.subject else "true"
            told |= {c.name: f"{nobody} and ({self.mentions(hits)})" for c in self.names}
            told |= {c.name: told[c.pii.by] for c in self.texts if c.pii and c.pii.by in told}
        return told


def kind_of(contract: Contract, column: Column) -> str:
    """Kind under which the column's values are tombstoned: an id that is no token has its own."""
    return column.pii.kind if column.pii else f"{contract.source}.{column.name}"
