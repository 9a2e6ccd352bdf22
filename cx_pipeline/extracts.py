"""How files of one table are delivered and read: `config.meta.extract` of a contract."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from cx_pipeline.expected import Record

# Endings of a packed file: it is an extract under either name.
PACKED = (".gz", ".zst", ".bz2", ".zip")


def unpacked_name(name: str) -> str:
    """A file's name without the ending of its packing."""
    return name.removesuffix(next((end for end in PACKED if name.endswith(end)), ""))


def _regex(told: str) -> str:
    try:
        groups = re.compile(told).groups
    except re.error as bad:
        raise ValueError(f"{told!r} is not a regular expression: {bad}") from bad
    if groups != 1:
        raise ValueError(f"{told!r} needs exactly one group, around the date")
    return told


class FileVersion(Record):
    """The version of a snapshot's rows stands in the file's name: a pattern with one group."""

    file: Annotated[str, AfterValidator(_regex)]


class Extract(Record):
    """How files of one table are delivered and read."""

    files: str
    format: Literal["csv", "ndjson", "json", "parquet", "xlsx"]
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header_rows: int = Field(default=1, ge=0, le=9)
    sheet: str | None = None
    nulls: tuple[str, ...] = ("",)
    zone: str = "UTC"
    kind: Literal["events", "increment", "snapshot"]
    key: tuple[str, ...] = ()
    version: str | FileVersion | None = None
    time: str | None = None
    subject: str | None = None

    @model_validator(mode="after")
    def _readable(self) -> Self:
        from codecs import lookup
        from zoneinfo import ZoneInfo

        try:
            lookup(self.encoding)
        except LookupError as bad:
            raise ValueError(f"encoding {self.encoding!r} is not known to Python") from bad
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError) as bad:
            raise ValueError(f"zone {self.zone!r} is not an IANA time zone") from bad
        if len(self.delimiter) != 1 or len(self.quote) > 1:
            raise ValueError("delimiter is one character, quote one or none")
        if self.sheet is not None and self.format != "xlsx":
            raise ValueError("sheet is for the format xlsx")
        if self.header_rows == 0 and self.format not in ("csv", "xlsx"):
            raise ValueError("header_rows: 0 is for the formats csv and xlsx")
        return self
