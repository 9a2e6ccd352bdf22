"""A home with one small source pack, and its files: what the tests of the landing work on."""

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cx_pipeline.contracts import Pack, load_pack
from cx_pipeline.landing.load import FileOutcome, land
from cx_pipeline.privacy.keys import make_key
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse import connect

NOW = datetime(2026, 11, 5, 3, 0)
CONTRACT = """
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: people
        config:
          meta:
            extract: {files: "People*.csv", format: csv, kind: increment, key: [person_id],
                      version: changed_at, subject: person_id}
        columns:
          - name: person_id
            config: {meta: {from: Id, required: true, pii: {kind: account, action: token}}}
          - {name: full_name, config: {meta: {from: Name, pii: {kind: name, action: token}}}}
          - {name: email, config: {meta: {from: Email, pii: {kind: email, action: token}}}}
          - {name: phone, config: {meta: {from: Phone, optional: true,
                                          pii: {kind: phone, action: token}}}}
          - {name: note, config: {meta: {from: Note, optional: true,
                                         pii: {kind: text, action: redact}}}}
          - {name: born, data_type: date, config: {meta: {from: Birthdate, optional: true,
                                         pii: {kind: birth_date, action: generalise}}}}
          - {name: address, config: {meta: {from: Address, optional: true,
                                         pii: {kind: address, action: drop}}}}
          - {name: changed_at, data_type: timestamp, config: {meta: {from: SystemModstamp}}}
          - {name: amount, data_type: "decimal(18,2)", config: {meta: {from: Amount}}}
          - {name: score, data_type: double, config: {meta: {from: Score, optional: true}}}
          - {name: visits, data_type: integer, config: {meta: {from: Visits, optional: true}}}
      - name: events
        config:
          meta:
            extract: {files: "events*.ndjson", format: ndjson, kind: events,
                      key: [cookie, happened_at, name], time: happened_at}
        columns:
          - {name: happened_at, data_type: timestamp, config: {meta: {from: ts, epoch: us,
                                                                      required: true}}}
          - {name: name, config: {meta: {required: true}}}
          - {name: cookie, config: {meta: {pii: {kind: device, action: token}}}}
          - {name: device, config: {meta: {path: device.category}}}
          - {name: browser, config: {meta: {path: device.web.browser}}}
          - {name: page, config: {meta: {path: "event_params[page_location]",
                                         pii: {kind: url, action: redact}}}}
          - {name: session, data_type: bigint, config: {meta: {path: "event_params[session]"}}}
          - {name: items, data_type: json}
      - name: calls
        config:
          meta:
            extract: {files: "calls*.tsv", format: csv, delimiter: "\\t", quote: "", kind: events,
                      zone: Europe/Berlin, nulls: ["", "0"], header_rows: 2, time: called_on}
        columns:
          - {name: line}
          - {name: called_on, data_type: date, config: {meta: {format: "%y%m%d"}}}
          - {name: began_at, data_type: timestamp}
          - {name: seconds, data_type: integer}
      - name: stock
        config:
          meta:
            extract: {files: "stock*.csv", format: csv, kind: snapshot, key: [sku],
                      encoding: gb18030, version: {file: "_(\\\\d{8})"}}
        columns:
          - {name: sku}
          - {name: title}
      - name: rates
        config:
          meta:
            extract: {files: "rates*.json", format: json, kind: increment, key: [day]}
        columns:
          - {name: day, data_type: date}
          - {name: rate, data_type: double}
      - name: lines
        config:
          meta:
            extract: {files: "lines*.parquet", format: parquet, kind: increment, key: [line_id]}
        columns:
          - {name: line_id, data_type: bigint}
          - {name: paid_at, data_type: timestamp}
"""
PEOPLE = "Id,Name,Email,Phone,Note,SystemModstamp,Amount,Score,Visits"


@dataclass(frozen=True)
class SmallHome:
    """The home of the pack `shop`, driven through the landing's own functions."""

    settings: Settings
    packs: tuple[Pack, ...]

    @property
    def folder(self) -> Path:
        return self.settings.landing / "shop"

    def drop(self, name: str, content: str | bytes) -> Path:
        """Deliver a file; one called .gz is gzipped, unless it is bytes already."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(
            gzip.compress(data)
            if name.endswith(".gz") and data[:2] != b"\x1f\x8b" and isinstance(content, str)
            else data
        )
        return path

    def people(self, name: str, *rows: str, header: str = PEOPLE) -> Path:
        return self.drop(name, "\n".join([header, *rows, ""]))

    def events(self, name: str, events: Iterable[dict[str, Any]]) -> Path:
        return self.drop(name, "".join(json.dumps(event) + "\n" for event in events))

    def land(self, run_id: str = "run", now: datetime = NOW) -> list[FileOutcome]:
        return land(self.settings, self.packs, run_id=run_id, now=now)

    def land_one(self) -> FileOutcome:
        (told,) = self.land()
        return told

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with connect(self.settings.warehouse_file) as con:
            return con.execute(sql, list(values)).fetchall()

    def content(self, table: str) -> list[tuple[Any, ...]]:
        """What the raw table says, whatever came when: no arrival numbers."""
        return sorted(
            self.query(f"select * exclude (_row, _load, _line) from raw_shop.{table}"), key=str
        )


def small_home(folder: Path, contract: str = CONTRACT) -> SmallHome:
    """Make the home, its key and its pack."""
    home = folder / "home"
    pack = folder / "packs" / "shop"
    pack.mkdir(parents=True)
    (pack / "_shop__sources.yml").write_text(contract, encoding="utf-8")
    settings = Settings(home=home, sources=("shop",), pack_paths=(folder / "packs",))
    make_key(settings.token_key_file)
    (home / "landing" / "shop").mkdir(parents=True)
    return SmallHome(settings, (load_pack(pack),))


def event(at: int, name: str = "page_view", cookie: str = "c.1", **more: Any) -> dict[str, Any]:
    """One event of GA4's shape, `at` microseconds after 1 November 2026."""
    params = [
        {"key": "page_location", "value": {"string_value": more.pop("page", "https://s.example/")}},
        {"key": "session", "value": {"int_value": "17"}},
    ]
    told = {"ts": str(1_793_491_200_000_000 + at), "name": name, "cookie": cookie}
    return {**told, "device": {"category": "mobile"}, "event_params": params, **more}
