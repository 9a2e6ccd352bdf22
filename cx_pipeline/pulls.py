"""How the extract of a table is pulled, as its contract says it: layout, paging, query, cursor.

Where from and with which secret is said by each home, in `[pull.<source>]` of its `cx.toml`.
"""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from cx_pipeline.expected import Record

_Path = Annotated[str, StringConstraints(pattern=r"^/")]
Method = Literal["GET", "POST"]
_BOUND = re.compile(r">=\s*\{cursor\}")


class Cursor(Record):
    """How far a table was pulled: the highest value of one field, asked for again inclusively.

    `overlap` is how far behind it the next pull begins, for rows that were committed late: seconds
    of a time, or units of a number. Landing drops the doubles by the contract's key.
    """

    field: str
    start: str | int
    type: Literal["time", "number", "text"] = "time"
    overlap: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.type == "text" and self.overlap:
            raise ValueError("overlap is for a cursor of type time or number")
        return self


class Since(Record):
    """From when on an export job is asked: when the last pull began, `overlap` seconds earlier."""

    start: str
    overlap: int = Field(default=86_400, ge=0)


class Auth(Record):
    """How the secret of the home is sent: as a bearer token, in a header of its own, or basic."""

    kind: Literal["bearer", "header", "basic", "none"] = "bearer"
    header: str = "Authorization"


class Paging(Record):
    """How the next page is asked for, and where the answer tells it.

    page, offset: a number in `param`, until a page is empty or `total` is there; token: the
    answer's `token`, sent as `param`; link: the header Link with rel="next"; next: the answer's
    `token` is the address itself.
    """

    by: Literal["page", "offset", "token", "link", "next"]
    param: str | None = None
    token: str | None = None
    start: int = Field(default=1, ge=0)
    max_pages: int = Field(default=100_000, ge=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.by in ("page", "offset", "token") and not self.param:
            raise ValueError(f"paging by {self.by} needs param")
        if self.by in ("token", "next") and not self.token:
            raise ValueError(f"paging by {self.by} needs token: where the answer tells it")
        return self


class _Made(Record):
    """A pull that makes files itself; `file` names them, `{stamp}` is the moment of the pull."""

    file: str | None = None


class FilePull(Record):
    """Files of a folder, an object store or an SFTP server, found by a glob under the url."""

    kind: Literal["files"]
    path: str | None = None


class QueryPull(_Made):
    """The rows of one SQL query, read in one snapshot."""

    kind: Literal["query"]
    sql: str
    cursor: Cursor | None = None

    @model_validator(mode="after")
    def _inclusive(self) -> Self:
        if ("{cursor}" in self.sql) != (self.cursor is not None):
            raise ValueError("sql needs {cursor} where there is a cursor, and only there")
        if self.cursor and len(_BOUND.findall(self.sql)) != self.sql.count("{cursor}"):
            raise ValueError("write >= {cursor}: > would skip rows of the same moment")
        return self


class RestPull(_Made):
    """The records of a paged REST API.

    `each` names a list under the home's values: its pages are asked for one value at a time.
    `fields` says where a column stands in a record, or is `{a value}` itself.
    """

    kind: Literal["rest"]
    path: _Path
    method: Method = "GET"
    params: dict[str, str | int] = Field(default_factory=dict)
    body: dict[str, Any] | None = None
    records: str = ""
    fields: dict[str, str] = Field(default_factory=dict)
    each: str | None = None
    id: str | None = None
    total: str | None = None
    paging: Paging | None = None
    cursor: Cursor | None = None
    auth: Auth = Auth()
    rate: float = Field(default=10, gt=0)

    @model_validator(mode="after")
    def _asked(self) -> Self:
        if ("{cursor}" in f"{self.params}{self.body}") != (self.cursor is not None):
            raise ValueError("params or body need {cursor} where there is a cursor, and only there")
        return self


class Start(Record):
    """The request that starts an export job; `id` is where the answer names the job."""

    path: _Path
    method: Method = "POST"
    body: dict[str, Any] | None = None
    id: str


class Poll(Record):
    """The request that tells how the job stands; `keep` names what later requests need of it."""

    path: _Path
    status: str
    done: tuple[str, ...]
    failed: tuple[str, ...]
    rows: str | None = None
    keep: dict[str, str] = Field(default_factory=dict)
    every: float = Field(default=5, gt=0)
    within: float = Field(default=1800, gt=0)


class Fetch(Record):
    """The request for the result; a `next_header` other than null names the next part of it."""

    path: _Path
    params: dict[str, str | int] = Field(default_factory=dict)
    next_header: str | None = None
    next_param: str | None = None
    rows_header: str | None = None
    unpack: Literal["none", "zip", "gzip"] = "none"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.next_header is None) != (self.next_param is None):
            raise ValueError("next_header and next_param go together")
        return self


class ExportPull(_Made):
    """An export job: started, polled until it is done, downloaded, unpacked."""

    kind: Literal["export"]
    values: dict[str, str] = Field(default_factory=dict)
    since: Since | None = None
    start: Start
    poll: Poll
    fetch: Fetch
    auth: Auth = Auth()
    rate: float = Field(default=10, gt=0)


Pull = Annotated[FilePull | QueryPull | RestPull | ExportPull, Field(discriminator="kind")]
