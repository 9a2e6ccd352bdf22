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
    escape: str = ""
    line_end: Literal["lf", "cr"] = "lf"
    decimal: Literal[".", ","] = "."
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
        self._prove_csv()
        if self.sheet is not None and self.format != "xlsx":
            raise ValueError("sheet is for the format xlsx")
        if self.header_rows == 0 and self.format not in ("csv", "xlsx"):
            raise ValueError("header_rows: 0 is for the formats csv and xlsx")
        return self

    @property
    def is_plain_csv(self) -> bool:
        """Whether any program that writes CSV writes it so."""
        ends = self.line_end == "lf" and self.decimal == "."
        return len(self.delimiter) == 1 and not self.escape and ends

    def _prove_csv(self) -> None:
        if not 1 <= len(self.delimiter) <= 4 or len(self.quote) > 1 or len(self.escape) > 1:
            raise ValueError(
                "delimiter is one to four characters, quote and escape are one or none"
            )
        if "\n" in self.delimiter or (self.line_end == "cr" and "\r" in self.delimiter):
            raise ValueError("delimiter holds a line end")
        if self.escape and (self.escape in self.delimiter or self.escape == self.quote):
            raise ValueError("escape is another character than delimiter and quote")
        if self.format == "csv":
            if self.decimal == self.delimiter:
                raise ValueError("decimal is another character than delimiter")
        elif self.escape or self.line_end == "cr" or self.decimal != ".":
            raise ValueError("escape, line_end and decimal are for the format csv")
