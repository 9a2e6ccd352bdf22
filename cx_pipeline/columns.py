"""Columns of an extract: their types, where the vendor hides them, and which are personal."""

import re
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from cx_pipeline.expected import Record

PiiKind = Literal[
    "email", "phone", "name", "address", "ip", "device", "account",
    "national_id", "card", "birth_date", "text", "url",
]  # fmt: skip
PiiAction = Literal["token", "redact", "generalise", "drop"]
_PLAIN_TYPES = {"varchar", "bigint", "integer", "double", "boolean", "date", "timestamp", "json"}
_DECIMAL = re.compile(r"decimal\((\d{1,2}),(\d{1,2})\)")
# Kinds that name one person; a name, a place or a text is many people's.
IDENTIFYING = ("email", "phone", "account", "device", "national_id", "card")
_GENERALISED = ("birth_date", "address", "ip")
_RAW_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _data_type(told: str) -> str:
    kind = re.sub(r"\s+", "", told.lower())
    kind = {"text": "varchar", "string": "varchar"}.get(kind, kind)
    if kind not in _PLAIN_TYPES and not _DECIMAL.fullmatch(kind):
        allowed = ", ".join([*sorted(_PLAIN_TYPES), "decimal(p,s)"])
        raise ValueError(f"{told!r} is no data type here; allowed: {allowed}")
    return kind


class Pii(Record):
    """That a column is personal: what it holds, and what is done before it is stored.

    `by` names the column of who wrote a text: erased, their words go, though the row stays.
    """

    kind: PiiKind
    action: PiiAction
    by: str | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.action == "generalise" and self.kind not in _GENERALISED:
            raise ValueError(f"generalise is for {', '.join(_GENERALISED)}, not for {self.kind}")
        if self.action == "token" and self.kind in ("text", "url"):
            raise ValueError(f"kind {self.kind} cannot be a token; use redact or drop")
        if self.action == "redact" and self.kind not in ("text", "url"):
            raise ValueError(f"redact is for text and url; a {self.kind} is a token or dropped")
        if self.by is not None and (self.kind, self.action) != ("text", "redact"):
            raise ValueError("by is for texts that are redacted")
        return self


class ColumnMeta(Record):
    """What `config.meta` of a column may say."""

    header: str | None = Field(default=None, alias="from")
    names: tuple[str, ...] | dict[str, str] = ()
    path: str | None = None
    parts: tuple[str, ...] = ()
    codes: dict[str, str | None] = Field(default_factory=dict)
    format: str | None = None
    epoch: Literal["s", "ms", "us"] | None = None
    required: bool = False
    optional: bool = False
    pii: Pii | None = None
    enum: tuple[str, ...] = ()
    range: tuple[float | None, float | None] | None = None


class Column(ColumnMeta):
    """One column of a raw table."""

    name: Annotated[str, Field(max_length=63)]
    data_type: Annotated[str, AfterValidator(_data_type)] = "varchar"
    description: str = Field(default="", exclude=True)  # says nothing of how a file is read

    @property
    def vendor_name(self) -> str:
        """How the delivered file calls it: a header, or a path into nested JSON."""
        return self.path or self.header or self.name

    def vendor_names(self, file_name: str) -> tuple[str, ...]:
        """All names that the header of this file may have for it: exactly one may be there.

        `names` by file: where a wave gave a name to one question and another wave to another.
        """
        if isinstance(self.names, dict):
            of_file = [name for files, name in self.names.items() if fnmatchcase(file_name, files)]
            return tuple(dict.fromkeys(of_file)) or (self.vendor_name,)
        return tuple(dict.fromkeys((self.vendor_name, *self.names)))

    def prove_named(self, extract_format: str, header_rows: int) -> None:
        """Raises ValueError when it is named in a way that such an extract cannot have."""
        if self.names and extract_format in ("json", "ndjson"):
            raise ValueError(f"{self.name}: names is for files with a header")
        if self.parts:
            return
        if header_rows == 0 and (self.header or self.names or self.path or self.optional):
            raise ValueError(
                f"{self.name}: without a header (header_rows: 0) columns are known by their place"
            )

    @property
    def raw_type(self) -> str:
        """DuckDB type in the raw table, after privacy."""
        if self.pii and self.pii.action in ("token", "generalise", "redact"):
            return "VARCHAR"
        return "VARCHAR" if self.data_type == "json" else self.data_type.upper()

    @property
    def is_time(self) -> bool:
        return self.data_type in ("timestamp", "date")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not _RAW_NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r}: use a lower-case name and say the header by `from`")
        if self.format and not self.is_time:
            raise ValueError(f"{self.name}: format is for date and timestamp columns")
        if self.epoch and self.data_type != "timestamp":
            raise ValueError(f"{self.name}: epoch is for timestamp columns")
        told = self.names.values() if isinstance(self.names, dict) else self.names
        if any(name != name.strip() or not name for name in told):
            raise ValueError(f"{self.name}: names are told without blanks around them")
        if self.parts and (self.header or self.names or self.path or len(self.parts) < 2):
            raise ValueError(
                f"{self.name}: parts names two or more other columns, and nothing else"
            )
        if self.path and self.names:
            raise ValueError(f"{self.name}: give either names or path")
        if self.path and self.header:
            raise ValueError(f"{self.name}: give either from or path")
        return self
