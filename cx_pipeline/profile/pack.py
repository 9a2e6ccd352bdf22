"""A proposed pack on disk: its contracts, and drafts of the models that fill entities."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import yaml

from cx_pipeline.contracts import Pack, entity_columns, load_pack
from cx_pipeline.profile.keys import ProposedColumn
from cx_pipeline.profile.proposal import Proposal

_NEAR = 0.72
_PERSONAL_OF = {
    "person_token": ("account", "email", "phone"), "visitor_token": ("device",),
    "login_token": ("account",), "email_token": ("email",), "phone_token": ("phone",),
    "agent_token": ("account",),
}  # fmt: skip

_MAIN_MOMENTS = {"occurred_at", "answered_at", "ordered_at", "opened_at", "posted_at", "started_at"}
_ALSO = {
    "score": re.compile("score|rating|stars|grade|points|nps|csat|ces"),
    "amount": re.compile("amount|total|price|paid|revenue"),
}


def contract_text(source: str, proposals: Sequence[Proposal]) -> str:
    """`_<source>__sources.yml` of these tables."""
    tables = [proposal.as_table() for proposal in proposals]
    told = {"sources": [{"name": source, "schema": f"raw_{source}", "tables": tables}]}
    head = (
        "# Proposed by cx source add from delivered files. docs/contracts.md explains every key.\n"
    )
    return head + yaml.dump(
        told, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True,
        default_flow_style=None,
    )  # fmt: skip


class _Dumper(yaml.SafeDumper):
    """Columns and `extract` in blocks, what stands within them in one line."""


def write_pack(
    folder: Path, proposals: Sequence[Proposal], entities: Mapping[str, str]
) -> tuple[Pack, dict[str, list[str]]]:
    """Write the pack's folder; `entities` gives by entity the table that fills it.

    Returns the pack as it is read back, and by entity the columns that nothing was found for.
    Raises FileExistsError when there is a contract already.
    """
    source = folder.name
    contract = folder / f"_{source}__sources.yml"
    if contract.exists():
        raise FileExistsError(f"{contract} is there already; change it, or choose another name")
    folder.mkdir(parents=True, exist_ok=True)
    left: dict[str, list[str]] = {}
    by_table = {proposal.table: proposal for proposal in proposals}
    models = []
    for entity, table in entities.items():
        text, left[entity] = draft(source, by_table[table], entity)
        (folder / f"stg_{source}__{entity}.sql").write_text(text, encoding="utf-8")
        models.append(
            {"name": f"stg_{source}__{entity}", "description": f"{entity} of {source}.{table}."}
        )
    if models:
        told = yaml.dump({"models": models}, sort_keys=False, width=110)
        (folder / f"_{source}__models.yml").write_text(told, encoding="utf-8")
    contract.write_text(contract_text(source, proposals), encoding="utf-8")
    return load_pack(folder), left


def draft(source: str, proposal: Proposal, entity: str) -> tuple[str, list[str]]:
    """SQL of the model that fills an entity, and the columns that nothing was found for."""
    lines, left = [], []
    for name in entity_columns(entity):
        value = _value(name, entity, source, proposal)
        if value is None:
            left.append(name)
        lines.append(f"    {value or 'null'} as {name}" if value != name else f"    {name}")
    told = ",\n".join(lines)
    return (
        "-- A draft: columns were matched by their names. What is null was not found.\n"
        f"select\n{told}\nfrom {{{{ rows_of('{source}', '{proposal.table}') }}}}\n",
        left,
    )


def _value(name: str, entity: str, source: str, proposal: Proposal) -> str | None:
    """SQL for a column of the entity, None where nothing is found."""
    extract, columns = proposal.extract, proposal.columns
    key: Sequence[str] = extract.get("key") or ()
    row = f"cast({key[0] if len(key) == 1 else '_key'} as varchar)"
    known = {
        "source": f"'{source}'",
        "source_id": row,
        f"{entity.removesuffix('s')}_id": row,
        "version_at": "_version" if extract.get("version") else None,
    }
    if name in known:
        return known[name]
    if name in _PERSONAL_OF:
        return _person(name, extract, columns)
    if name.endswith("_redacted"):
        return next((column.name for column in columns if column.personal.kind == "text"), None)
    return _by_name(name, columns) or (extract.get("time") if name in _MAIN_MOMENTS else None)


def _by_name(name: str, columns: Sequence[ProposedColumn]) -> str | None:
    """The column that is called nearly so, or as such a thing mostly is."""
    plain = [column for column in columns if column.personal.kind is None]
    if name in _ALSO:
        return next((column.name for column in plain if _ALSO[name].search(column.name)), None)
    near = max(plain, key=lambda column: _nearness(name, column.name), default=None)
    is_near = near and _nearness(name, near.name) >= _NEAR and _fits(name, near)
    return near.name if near and is_near else None


def _person(name: str, extract: Mapping[str, Any], columns: Sequence[ProposedColumn]) -> str | None:
    subject = next((c for c in columns if c.name == extract.get("subject")), None)
    kinds = _PERSONAL_OF[name]
    if name == "agent_token":
        return next((c.name for c in columns if re.search("agent|assignee|owner", c.name)), None)
    if subject is not None and subject.personal.kind in kinds:
        return subject.name
    return next((c.name for c in columns if c.personal.kind in kinds), None)


def _fits(name: str, column: ProposedColumn) -> bool:
    """A moment for what is called one, and nothing else for it."""
    return name.endswith("_at") == (column.typed.data_type in ("date", "timestamp"))


def _nearness(name: str, other: str) -> float:
    one, two = (re.sub(r"_(?:at|on|time|date|id)$|_", "", told) for told in (name, other))
    return SequenceMatcher(None, one, two).ratio() if one and two else 0.0
