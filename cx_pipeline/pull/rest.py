"""The records of a paged API, page after page, reconciled before they become one file."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from cx_pipeline.contracts import Contract
from cx_pipeline.pull.cursor import Mark, asked, begin, higher, kept, mark
from cx_pipeline.pull.fault import PullFault
from cx_pipeline.pull.manifest import Arrival
from cx_pipeline.pull.rows import RowWriter
from cx_pipeline.pull.source import Source
from cx_pipeline.pull.template import Values, filled, filled_path, found_at
from cx_pipeline.pull.web import Web
from cx_pipeline.pulls import Paging, RestPull

_ROUNDS = 2  # what pages do not agree on is asked for once more, from the first page on


class _Unreconciled(Exception):
    """The pages do not fit together; the message says how."""


@dataclass
class _Seen:
    """What came so far: digests of pages, rows and ids, and how many the API says there are."""

    highest: Mark | None
    rows: set[bytes] = field(default_factory=set)
    count: int = 0
    doubled: int = 0
    pages: set[str] = field(default_factory=set)
    ids: set[bytes] = field(default_factory=set)
    total: int | None = None

    def begin(self) -> None:
        """The pages of another value of `each` are counted on their own."""
        self.pages, self.ids, self.total = set(), set(), None


def pull_rest(source: Source, contract: Contract) -> list[Arrival]:
    """Fetch all records from the cursor on into one file. Raises PullFault."""
    pull = cast(RestPull, contract.pull)
    known = source.manifest.cursor(contract.table)
    start = begin(pull.cursor, known) if pull.cursor else None
    web = Web(source, pull.auth, pull.rate)
    try:
        for number in range(1, _ROUNDS + 1):
            try:
                return [_round(source, contract, pull, web, start, known)]
            except _Unreconciled as told:
                if number == _ROUNDS:
                    raise PullFault(f"{pull.path}: {told}; nothing of it was kept") from None
        raise AssertionError("unreachable")
    finally:
        web.close()


def _round(
    source: Source,
    contract: Contract,
    pull: RestPull,
    web: Web,
    start: Mark | None,
    known: str | None,
) -> Arrival:
    seen = _Seen(mark(pull.cursor, known) if pull.cursor and known is not None else None)
    with source.temporary() as written:
        with written.open("wb", 0) as file, RowWriter(file, contract) as writer:
            for values in _values(source, pull, start):
                seen.begin()
                for records in _pages(pull, web, values, seen):
                    writer.write(_new(pull, records, values, seen))
                if seen.total is not None and len(seen.ids) < seen.total:
                    raise _Unreconciled(f"{len(seen.ids)} of {seen.total} records came")
        return source.deliver_made(
            contract,
            written,
            rows=writer.rows,
            cursor=kept(seen.highest, source.now) if pull.cursor else None,
            pages=seen.count,
            doubled=seen.doubled,
        )


def _values(source: Source, pull: RestPull, start: Mark | None) -> Iterator[dict[str, Any]]:
    """What the contract's braces stand for, once for each value of `each`."""
    values: dict[str, Any] = dict(source.place.values)
    values |= {} if start is None else {"cursor": asked(start)}
    if pull.each is None:
        yield values
        return
    told = values.get(pull.each, ())
    if not told:
        raise PullFault(f"needs {pull.each}: a list under values of [pull.{source.name}]")
    for one in (told,) if isinstance(told, str) else told:
        yield values | {pull.each: one}


def _new(
    pull: RestPull, records: list[Any], values: Values, seen: _Seen
) -> Iterator[dict[str, Any]]:
    """Records that did not come on a page before, under the names of the contract."""
    for record in records:
        if not isinstance(record, dict):
            raise PullFault(f"{pull.path}: {pull.records or 'the answer'} holds no records")
        record |= {column: _field(record, told, values) for column, told in pull.fields.items()}
        told = json.dumps(record, sort_keys=True).encode()
        digest = hashlib.sha256(told).digest()[:16]
        name = found_at(record, pull.id) if pull.id else None
        seen.ids.add(digest if name is None else hashlib.sha256(str(name).encode()).digest()[:16])
        if pull.cursor:
            seen.highest = higher(pull.cursor, seen.highest, found_at(record, pull.cursor.field))
        if digest in seen.rows:
            seen.doubled += 1
            continue
        seen.rows.add(digest)
        yield record


def _field(record: dict[str, Any], told: str, values: Values) -> Any:
    return filled(told, values) if told.startswith("{") else found_at(record, told)


def _pages(pull: RestPull, web: Web, values: Values, seen: _Seen) -> Iterator[list[Any]]:
    params: dict[str, Any] = filled(pull.params, values)
    body, address = filled(pull.body, values), web.address(filled_path(pull.path, values))
    paging = pull.paging
    place = paging.start if paging and paging.by == "page" else 0
    if paging and paging.by in ("page", "offset"):
        params |= {paging.param or "": place}
    asked_for, first = set[str](), seen.count
    while True:
        if paging and seen.count - first == paging.max_pages:
            raise PullFault(f"{pull.path} has more than {paging.max_pages} pages; see max_pages")
        told, headers = web.json(f"{pull.method} {pull.path}", pull.method, address, params, body)
        records = found_at(told, pull.records)
        if records is None and pull.records and isinstance(told, dict):
            raise PullFault(f"{pull.path}: the answer has no {pull.records}; check records")
        if not isinstance(records, list):
            raise PullFault(f"{pull.path}: {pull.records or 'the answer'} is no list of records")
        total = found_at(told, pull.total) if pull.total else None
        seen.total = total if isinstance(total, int) else seen.total
        _reconciled(records, seen)
        yield records
        if paging is None:
            return
        if paging.by in ("page", "offset"):
            if not records or (seen.total is not None and len(seen.ids) >= seen.total):
                return  # a short page is no end: an API may cap what it gives
            place += 1 if paging.by == "page" else len(records)
            params = params | {paging.param or "": place}
            continue
        mark = _next(paging, told, headers)
        if not mark:
            return
        if mark in asked_for:
            raise _Unreconciled("a page names itself or an earlier one as the next")
        asked_for.add(mark)
        if paging.by == "token":
            params = params | {paging.param or "": mark}
        else:
            address, params = web.on_same_host(mark, address), {}


def _reconciled(records: list[Any], seen: _Seen) -> None:
    seen.count += 1
    if not records:
        return
    page = hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()
    if page in seen.pages:
        raise _Unreconciled(f"page {seen.count} repeats an earlier page")
    seen.pages.add(page)


def _next(paging: Paging, told: Any, headers: httpx.Headers) -> str | None:
    """The token or address of the next page, or None at the last."""
    if paging.by == "link":
        # parsed by httpx as browsers do
        links = httpx.Response(200, headers=headers).links
        return links.get("next", {}).get("url")
    mark = found_at(told, paging.token or "")
    return None if mark is None or mark is False else str(mark)
