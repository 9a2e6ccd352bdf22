"""Source contracts as typed records: what an extract looks like, and what in it is personal.

A contract stands in the pack's `_<source>__sources.yml`, under `config.meta` of each dbt source
table. Here is the only place that parses it; a misspelt key is an error, not a silence.
"""

import hashlib
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import (
    BaseModel,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from cx_pipeline.columns import IDENTIFYING, Column, ColumnMeta
from cx_pipeline.expected import Expect, Expectation, Record
from cx_pipeline.extracts import Extract, unpacked_name
from cx_pipeline.pulls import FilePull, Pull
from cx_pipeline.settings import DBT_PROJECT


class ContractError(Exception):
    """A pack cannot be used; the message names the file, the key and what is allowed there."""


class Contract(Record):
    """Everything that is agreed about the extract of one table of one source."""

    source: str
    table: str
    description: str = ""
    extract: Extract
    pull: Pull | None = None
    expect: Expect = Expect()
    columns: tuple[Column, ...]
    _reading: str = PrivateAttr(default="")  # of the home's settings: no pack may say it

    @property
    def name(self) -> str:
        return f"{self.source}.{self.table}"

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def delivered(self) -> tuple[Column, ...]:
        """The columns that stand in a file; the others are made of several of them."""
        return tuple(column for column in self.columns if not column.parts)

    @property
    def raw_columns(self) -> tuple[tuple[str, str], ...]:
        """(name, DuckDB type) of the contracted columns in the raw table, after privacy."""
        return tuple((column.name, column.raw_type) for column in self.columns)

    @property
    def time_column(self) -> Column | None:
        """The column that is the row's own time; the version column when none is named."""
        version = self.extract.version
        name = self.extract.time or (version if isinstance(version, str) else None)
        return self.by_name[name] if name else None

    @property
    def pii_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.pii)

    def matches(self, file_name: str) -> bool:
        """Whether a delivered file of this name is an extract of this table."""
        return fnmatchcase(unpacked_name(file_name), unpacked_name(self.extract.files))

    def fingerprint(self) -> str:
        """Changes exactly when the same file would be read differently."""
        # Without defaults: a key that is new here changes no contract that is silent on it.
        read = self.model_dump_json(include={"extract", "columns"}, exclude_defaults=True)
        read += f"\n{self._reading}" if self._reading else ""
        return hashlib.sha256(f"{self.name}\n{read}".encode()).hexdigest()[:32]

    def read_with(self, reading: str) -> Self:
        """The same contract where a setting changes what becomes of the rows: see fingerprint."""
        made = self.model_copy()
        made._reading = reading
        return made

    def expectations(self) -> tuple[Expectation, ...]:
        """`expect`, and the ranges and enums of columns as warnings, in one flat list."""
        ranges = {column.name: column.range for column in self.columns if column.range}
        enums = {column.name: column.enum for column in self.columns if column.enum}
        return tuple(self.expect.flat(ranges, enums))

    @property
    def pulled_name(self) -> str:
        """The name of files that a pull makes: `{stamp}` becomes the moment of the pull."""
        told = None if self.pull is None or isinstance(self.pull, FilePull) else self.pull.file
        glob = unpacked_name(self.extract.files)
        stem = re.search(r"_?\*", glob)
        return told or (glob[: stem.start()] + "_{stamp}" + glob[stem.end() :] if stem else glob)

    @model_validator(mode="after")
    def _landing(self) -> Self:
        pull = self.pull
        if pull is None or isinstance(pull, FilePull):
            return self
        name, read = self.pulled_name, self.extract.format
        if "{stamp}" not in name or not self.matches(name.replace("{stamp}", "20260101T000000Z")):
            raise ValueError(
                f"pull needs file: a name with {{stamp}} that {self.extract.files} takes"
            )
        if pull.kind in ("rest", "query") and read not in ("csv", "ndjson"):
            raise ValueError(f"a pull of kind {pull.kind} writes csv or ndjson, not {read}")
        if pull.kind in ("rest", "query") and read == "csv" and self.extract.header_rows != 1:
            raise ValueError(f"a pull of kind {pull.kind} writes one header row")
        puts_together = pull.kind == "export" and pull.fetch.next_header
        if (pull.kind != "export" or puts_together) and not self.extract.is_plain_csv:
            raise ValueError(
                f"a pull of kind {pull.kind} writes a delimiter of one character, no escape, lf "
                "and decimal points"
            )
        if pull.kind == "export" and pull.fetch.next_header and read not in ("csv", "ndjson"):
            raise ValueError("only parts of csv and ndjson can be put together")
        if pull.kind == "export" and pull.fetch.next_header and self.extract.header_rows != 1:
            raise ValueError("only parts with one header row can be put together")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [column.name for column in self.columns]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"column {twice[0]} is declared twice")
        for column in self.columns:
            column.prove_named(self.extract.format, self.extract.header_rows)
            for part in column.parts:
                other = self.by_name.get(part)
                if other is None or other.parts or other.data_type != "varchar":
                    raise ValueError(f"{column.name}: its part {part} is no varchar column here")
            if column.pii and (writer := column.pii.by):
                by = self.by_name[writer].pii if writer in self.by_name else None
                if by is None or by.action != "token" or by.kind not in IDENTIFYING:
                    raise ValueError(
                        f"{column.name}: its writer {writer} is no token of one person"
                    )
        version = self.extract.version
        told = [*self.extract.key, self.extract.time, self.extract.subject]
        told += [version if isinstance(version, str) else None]
        told += [*self.expect.null_share, *self.expect.range]
        for name in told:
            if name is not None and name not in names:
                raise ValueError(f"{name} is no column here; columns: {', '.join(names)}")
        for name in self.extract.key:
            pii = self.by_name[name].pii
            if pii and pii.action != "token":
                raise ValueError(f"key column {name} must be a token, not {pii.action}")
        for name in (self.extract.time, version if isinstance(version, str) else None):
            if name and not self.by_name[name].is_time:
                raise ValueError(f"{name} is used as a time but is {self.by_name[name].data_type}")
        return self


class Pack(Record):
    """One source: its contracts and the entities its staging models give."""

    name: str
    folder: Path
    contracts: tuple[Contract, ...]
    entities: tuple[str, ...]

    def contract(self, table: str) -> Contract:
        return next(contract for contract in self.contracts if contract.table == table)


# What dbt itself knows at each level: allowed there, and of no meaning for a contract.
_DBT_SOURCE = {"name", "schema", "database", "description", "loader", "quoting", "config", "tables"}
_DBT_TABLE = {"name", "description", "identifier", "quoting", "config", "columns", "data_tests"}
_DBT_COLUMN = {"name", "description", "data_type", "quote", "config", "data_tests", "constraints"}
_DBT_CONFIG = {"meta", "tags", "enabled", "freshness", "loaded_at_field"}


def find_packs(roots: Iterable[Path]) -> dict[str, Path]:
    """Folder of each pack found under `roots`, by its name; a later root wins over an earlier."""
    found: dict[str, Path] = {}
    for root in roots:
        for file in sorted(root.glob("*/_*__sources.yml")) + sorted(root.glob("_*__sources.yml")):
            found[file.parent.name] = file.parent
    return dict(sorted(found.items()))


def entity_columns(entity: str) -> list[str]:
    """Columns of an entity, in order. Raises ContractError naming the entities there are."""
    known: dict[str, list[str]] = {}
    for file in sorted((DBT_PROJECT / "models" / "entities").glob("_*__entities.yml")):
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]:
            known[model["name"]] = [column["name"] for column in model["columns"]]
    if entity not in known:
        raise ContractError(f"{entity!r} is no entity; entities: {', '.join(sorted(known))}")
    return known[entity]


def load_pack(folder: Path, reading: str = "") -> Pack:
    """Read one pack's contract; `reading` is what the home's settings change about every text.

    Raises ContractError naming file, key and what is allowed, when it cannot be meant that way.
    """
    file = folder / f"_{folder.name}__sources.yml"
    try:
        told = read_yaml(file)
    except FileNotFoundError as missing:
        raise ContractError(f"{folder} has no contract; write {file.name} there") from missing
    sources = told.get("sources") if isinstance(told, dict) else None
    if not isinstance(sources, list) or len(sources) != 1 or not isinstance(sources[0], dict):
        raise ContractError(f"{file}: needs exactly one entry under sources")
    source = sources[0]
    _only(file, "sources", source, _DBT_SOURCE)
    name = folder.name
    if source.get("name") != name or source.get("schema") != f"raw_{name}":
        raise ContractError(f"{file}: say name: {name} and schema: raw_{name}")
    tables = source.get("tables") or ()
    contracts = tuple(_contract(file, name, table).read_with(reading) for table in tables)
    models = (path.stem.removeprefix(f"stg_{name}__") for path in folder.glob(f"stg_{name}__*.sql"))
    return Pack(name=name, folder=folder, contracts=contracts, entities=tuple(sorted(models)))


def read_yaml(file: Path) -> Any:
    """What a YAML file says. Raises ContractError where it is none."""
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as bad:  # ValueError: bytes that are no text, 31 June
        raise ContractError(f"{file}: not valid YAML: {' '.join(str(bad).split())}") from bad


def lines_of(file: Path, key: str) -> list[int]:
    """The line on which each entry of the list under a first-level `key` begins."""
    tree = yaml.compose(file.read_text(encoding="utf-8"), yaml.SafeLoader)
    lists = [value.value for name, value in (tree.value if tree else ()) if name.value == key]
    return [entry.start_mark.line + 1 for entry in lists[-1]]


def _contract(file: Path, source: str, table: dict[str, Any]) -> Contract:
    where = f"tables.{table.get('name')}"
    _only(file, where, table, _DBT_TABLE)
    meta = _meta(file, where, table)
    columns = [_column(file, where, column) for column in table.get("columns") or ()]
    try:
        return Contract(
            source=source,
            table=table.get("name", ""),
            description=table.get("description", ""),
            columns=tuple(columns),
            **meta,
        )
    except (ValidationError, TypeError) as bad:
        raise ContractError(f"{file}: {where}: {_sentence(bad, Contract)}") from bad


def _column(file: Path, where: str, told: dict[str, Any]) -> Column:
    where = f"{where}.columns.{told.get('name')}"
    _only(file, where, told, _DBT_COLUMN)
    plain = {key: told[key] for key in ("name", "data_type", "description") if key in told}
    meta = _meta(file, where, told)
    _only(file, where, meta, {"from", *(set(ColumnMeta.model_fields) - {"header"})})
    try:
        return Column(**plain, **meta)
    except (ValidationError, TypeError) as bad:
        raise ContractError(f"{file}: {where}: {_sentence(bad, Column)}") from bad


def _meta(file: Path, where: str, told: dict[str, Any]) -> dict[str, Any]:
    config = told.get("config") or {}
    _only(file, f"{where}.config", config, _DBT_CONFIG)
    return dict(config.get("meta") or {})


def _only(file: Path, where: str, told: dict[str, Any], allowed: set[str]) -> None:
    for key in told:
        if key not in allowed:
            known = ", ".join(sorted(allowed))
            raise ContractError(f"{file}: {where}: unknown key {key}; allowed: {known}")


def _sentence(error: Exception, model: type[BaseModel]) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    # Of several, first the key that is not known, then what we say ourselves: others follow.
    order = {"extra_forbidden": 0, "value_error": 1}
    first = min(error.errors(), key=lambda one: order.get(one["type"], 2))
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown key {key}"
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
