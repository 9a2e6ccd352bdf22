"""Rows of a query or an API, written as the contract of their table reads them."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, BinaryIO, Self
from uuid import UUID

from cx_pipeline.contracts import Contract
from cx_pipeline.extracts import Extract
from cx_pipeline.pull.fault import PullFault
from cx_pipeline.pull.source import put

_BLOCK = 1 << 20


class RowWriter:
    """Writes rows into `file` as CSV in the contract's dialect, or as NDJSON; counts them.

    CSV has one column a contracted column, under the vendor's name for it.
    """

    def __init__(self, file: BinaryIO, contract: Contract) -> None:
        self._file, self._extract, self.rows = file, contract.extract, 0
        self._is_csv = contract.extract.format == "csv"
        self._names = [column.vendor_name for column in contract.delivered]
        self._encoding = contract.extract.encoding if self._is_csv else "utf-8"
        self._text = io.StringIO(newline="")
        self._csv = csv.writer(self._text, lineterminator="\n", **dialect(self._extract))

    def __enter__(self) -> Self:
        if self._is_csv:
            self._csv.writerow(self._names)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: object, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()

    def write(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append rows, each a value by its name. Raises PullFault when one cannot be written."""
        null = self._extract.nulls[0] if self._extract.nulls else ""
        for row in rows:
            if self._is_csv:
                values = [_text(row.get(name)) for name in self._names]
                try:
                    self._csv.writerow([null if value is None else value for value in values])
                except csv.Error:
                    raise PullFault(
                        "a value holds the delimiter, and the contract has no quote; say quote"
                    ) from None
            else:
                self._text.write(json.dumps(row, default=_text, ensure_ascii=False) + "\n")
            self.rows += 1
            if self._text.tell() > _BLOCK:
                self._flush()

    def _flush(self) -> None:
        try:
            block = self._text.getvalue().encode(self._encoding)
        except UnicodeEncodeError:
            raise PullFault(
                f"a value cannot be written as {self._encoding}; say encoding: utf-8"
            ) from None
        put(self._file, block)
        self._text.seek(0)
        self._text.truncate()


def dialect(extract: Extract) -> dict[str, Any]:
    """The contract's CSV as Python's csv module calls it."""
    quoting = csv.QUOTE_MINIMAL if extract.quote else csv.QUOTE_NONE
    return {
        "delimiter": extract.delimiter,
        "quotechar": extract.quote or None,
        "quoting": quoting,
    }


def _text(value: Any) -> Any:
    """A value as text that the landing reads back exactly; times in UTC."""
    if value is None or isinstance(value, str | int | float | bool):
        return value if not isinstance(value, bool) else str(value).lower()
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return moment.isoformat() + ("Z" if value.tzinfo else "")
    if isinstance(value, date | Decimal | UUID):
        return str(value)
    if isinstance(value, list | dict):
        return json.dumps(value, default=_text, ensure_ascii=False)
    raise PullFault(
        f"a column is of the type {type(value).__name__}, which has no text; cast it in the query"
    )
