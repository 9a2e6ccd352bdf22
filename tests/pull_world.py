"""What pulls are tested with: homes with one pulled table, and servers on loopback that misbehave."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from cx_pipeline.contracts import Pack, load_pack
from cx_pipeline.landing.load import FileOutcome, land
from cx_pipeline.privacy.keys import make_key
from cx_pipeline.pull.run import Pulled, pull_source
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
QUICK = {"backoff": 0.01, "timeout": 1.0, "deadline": 20.0, "attempts": 4}
TICKETS = {
    "extract": {
        "files": "tickets_*.ndjson", "format": "ndjson", "kind": "increment", "key": ["id"],
        "version": "changed_at",
    },
    "columns": [
        {"name": "id"},
        {"name": "changed_at", "data_type": "timestamp"},
        {"name": "subject", "config": {"meta": {"pii": {"kind": "text", "action": "redact"}}}},
    ],
}  # fmt: skip


@dataclass(frozen=True)
class PulledHome:
    """A home of the pack `desk`, driven through the pull's and the landing's own functions."""

    settings: Settings
    pack: Pack

    @property
    def folder(self) -> Path:
        return self.settings.landing / self.pack.name

    def pull(self, now: datetime = NOW) -> Pulled:
        return pull_source(self.settings, self.pack, now)

    def refused(self, now: datetime = NOW) -> str:
        """The one sentence of a pull that failed and left nothing half-done."""
        told = self.pull(now)
        assert len(told.faults) == 1, told
        assert not list(self.folder.glob(".pull-*"))
        return told.faults[0]

    def files(self) -> dict[str, bytes]:
        """Delivered files by name."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def arrivals(self) -> list[dict[str, Any]]:
        path = self.settings.pulls / f"{self.pack.name}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def land(self) -> list[FileOutcome]:
        return land(self.settings, [self.pack], run_id="run", now=NOW.replace(tzinfo=None))

    def rows(self, table: str = "tickets") -> list[tuple[Any, ...]]:
        """What the raw table says, whatever came when."""
        self.land()
        with connect(self.settings.warehouse_file) as con:
            told = con.execute(
                f"select * exclude (_row, _load, _line) from raw_{self.pack.name}.{table}"
            ).fetchall()
        return sorted(told, key=str)


def pulled_home(
    folder: Path,
    place: dict[str, Any],
    pull: dict[str, Any],
    *,
    table: dict[str, Any] | None = None,
    name: str = "desk",
) -> PulledHome:
    """Make the home, its key and its pack of one table `tickets`."""
    told = table or TICKETS
    meta = {"extract": told["extract"], "pull": pull}
    tables = [{"name": "tickets", "config": {"meta": meta}, "columns": told["columns"]}]
    pack = folder / "packs" / name
    pack.mkdir(parents=True, exist_ok=True)
    sources = {"sources": [{"name": name, "schema": f"raw_{name}", "tables": tables}]}
    (pack / f"_{name}__sources.yml").write_text(yaml.safe_dump(sources), encoding="utf-8")
    settings = Settings(
        home=folder / "home",
        sources=(name,),
        pack_paths=(folder / "packs",),
        pull={name: {**QUICK, **place}},
    )
    if not settings.token_key_file.exists():
        make_key(settings.token_key_file)
    return PulledHome(settings, load_pack(pack))


@dataclass
class Asked:
    """One request as the server saw it."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Answer:
    """What the server answers: JSON unless it is bytes; `cut` bytes of it are never sent."""

    data: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    wait: float = 0


Answers = Callable[[Asked], Answer]


@dataclass
class Api:
    """A running server: its address, and every request it saw."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    answers: Answers = lambda asked: Answer(status=404)

    def paths(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.asked]


@contextmanager
def api(answers: Answers, context: SSLContext | None = None) -> Iterator[Api]:
    """Serve on loopback what `answers` says to each request."""
    told = Api("", answers=answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
            told.asked.append(asked)
            answer = told.answers(asked)
            if answer.wait:
                stopped.wait(answer.wait)
            data = (
                answer.data if isinstance(answer.data, bytes) else json.dumps(answer.data).encode()
            )
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data[: len(data) - answer.cut])
            if answer.cut:
                self.close_connection = True

        do_GET = do_POST = do_HEAD = _serve

        def log_message(self, *args: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            pass

    stopped = threading.Event()
    server = Quiet(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    told.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield told
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def ticket(number: int, moment: str = "2026-11-01T10:00:00Z") -> dict[str, Any]:
    return {"id": f"T{number}", "changed_at": moment, "subject": f"ticket {number}"}
