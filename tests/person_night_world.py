"""Many small worlds of people at once, delivered over random nights: the proof of the night of persons.

Worlds share nothing, so that one night of dbt is a night of each of them.
"""

import random
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from journey_world import ENTITIES, Dbt
from night_world import START, Event, corrected, history

MARTS = (
    "intermediate.int_sessions",
    "intermediate.int_web_touches",
    "intermediate.int_conversion_touches",
    "marts.fct_sessions",
    "marts.fct_touchpoints",
    "marts.fct_journeys",
)
SELECT = " ".join(f"+{mart.partition('.')[2]}" for mart in MARTS)
PAGES = ["/", "/", "/", "/pricing", "/webinar", "/quote", "/a", "/b"]
# Rows of these are of a time: before it they are held.
TIMES = {
    "identifiers": "seen_at",
    "orders": "ordered_at",
    "contacts": "opened_at",
    "contact_events": "occurred_at",
    "responses": "answered_at",
    "subscriptions": "started_at",
}
FILLED = {*TIMES, "web_events", "surveys"}


class NightDbt(Dbt):
    """The project over raw tables whose rows of a later time are held."""

    def invoke(self, command: list[str], *args: Any, **variables: str) -> Any:
        if command == ["parse"]:
            pack = self.project / "packs" / "shop"
            for name, time in {**TIMES, "web_events": "occurred_at"}.items():
                (pack / f"stg_shop__{name}.sql").write_text(
                    f"select * from {{{{ source('shop', '{name}') }}}}"
                    f" where {time} < {{{{ as_of_at() }}}}\n"
                )
        return super().invoke(command, *args, **variables)

    @contextmanager
    def wrong(self, path: str, text: str, other: str) -> Iterator[None]:
        """Plant a mistake in a file of the project."""
        file = self.project / path
        sound = file.read_text()
        assert text in sound, f"{path} no longer holds {text!r}"
        try:
            self._write(file, sound.replace(text, other))
            yield
        finally:
            self._write(file, sound)

    def _write(self, file: Path, text: str) -> None:
        file.write_text(text)
        self.manifest = None
        self.manifest = self.invoke(["parse"])


class People:
    """One small world: what happens in it, and what is told of it in which night."""

    def __init__(self, draw: random.Random, name: str) -> None:
        self.draw, self.name = draw, name
        self.events = [self._own(event) for event in history(draw)]
        self.end = max(event.occurred_at for event in self.events)
        self.tokens = [f"{name}{kind}{n}" for kind in "aef" for n in range(3)]
        self.rows: dict[str, dict[str, dict[str, Any]]] = {entity: {} for entity in TIMES}
        for entity, time in TIMES.items():
            for number in range(draw.randrange(5)):
                key = f"{name}{entity}{number}"
                row = {"source": "shop", "source_id": key, time: self._moment()}
                self.rows[entity][key] = row | self._values(entity)

    def _own(self, event: Event) -> Event:
        names = {"id": f"{self.name}{event.id}", "page_path": self.draw.choice(PAGES)}
        for column in ("visitor_token", "login_token"):
            if told := getattr(event, column):
                names[column] = f"{self.name}{told}"
        return replace(event, **names)

    def _moment(self) -> datetime:
        span = int((self.end - START).total_seconds()) + 86400
        return START + timedelta(seconds=self.draw.randrange(span))

    def _values(self, entity: str) -> dict[str, Any]:
        draw, someone = self.draw, self.draw.choice(self.tokens)
        if entity == "identifiers":
            kinds = {"a": "login", "e": "email", "f": "phone", "c": "cookie"}
            cookies = [event.visitor_token for event in self.events if event.visitor_token]
            pair = [someone, draw.choice([*self.tokens, *cookies[:2]])]
            if pair[0] == pair[1]:
                pair[1] = f"{self.name}a9"
            kind, other = (kinds[token[len(self.name)]] for token in pair)
            return {"token": pair[0], "kind": kind, "other_token": pair[1], "other_kind": other}
        if entity == "orders":
            told = {"status": draw.choice(["paid", "paid", "canceled"]), "currency": "EUR"}
            return told | {"person_token": someone, "amount": draw.randrange(1, 99)}
        if entity == "contacts":
            told = {"reason": draw.choice(["delivery", "billing"]), "direction": "inbound"}
            told |= {"channel": draw.choice(["call", "chat"]), "person_token": someone}
            if draw.random() < 0.5:
                closed = self._moment()
                told |= {"status": "solved", "closed_at": closed, "outcome": "handled"}
            return told | {"conversation_id": f"{self.name}talk{draw.randrange(2)}"}
        if entity == "contact_events":
            told = {"kind": draw.choice(["transferred", "reopened"]), "from_value": "x"}
            return told | {"contact_id": f"{self.name}contacts0", "to_value": draw.choice("xy")}
        if entity == "responses":
            told = {"survey_id": "s", "item_id": "nps", "score": draw.randrange(11)}
            told |= {"response_id": f"{self.name}response{draw.randrange(2)}"}
            return told | {"person_token": someone, "contact_id": f"{self.name}contacts0"}
        return {"person_token": someone, "plan": draw.choice(["basic", "trial"])}

    def restate(self) -> None:
        """Something that was told is told otherwise: another person, state, moment; or gone."""
        entity = self.draw.choice(list(TIMES))
        if not self.rows[entity]:
            return
        key = self.draw.choice(sorted(self.rows[entity]))
        if self.draw.random() < 0.3:
            del self.rows[entity][key]
            return
        change = self._values(entity)
        if self.draw.random() < 0.3:
            change[TIMES[entity]] = self._moment()
        self.rows[entity][key] |= change

    def file(self, until: datetime, late: float) -> list[Event]:
        """The web events delivered in a night: late, early, twice, restated, shuffled."""
        told = [e for e in self.events if e.occurred_at < until and self.draw.random() >= late]
        told += [self._again(event) for event in told if self.draw.random() < 0.03]
        told += self.draw.sample(told, len(told) // 10)
        self.draw.shuffle(told)
        return told

    def _again(self, event: Event) -> Event:
        other = corrected(self.draw, event)
        if other.visitor_token and not other.visitor_token.startswith(self.name):
            other = replace(other, visitor_token=f"{self.name}{other.visitor_token}")
        return other


class Warehouse:
    """Raw tables as landing leaves them: exact repeats left out, who lost its key listed."""

    def __init__(self, path: Path, dbt: Dbt) -> None:
        self.path, self.dbt, self.load, self.is_begun = path, dbt, 0, False
        self.told: dict[str, set[str]] = {}
        self.held: dict[str, Event] = {}
        with duckdb.connect(str(path)) as con:
            con.execute("create schema raw_shop")
            for entity, types in ENTITIES.items():
                typed = ", ".join(f"{name} {kind}" for name, kind in types.items())
                con.execute(f"create table raw_shop.{entity} ({typed})")
            con.execute(
                "create table raw_shop.web_events__superseded"
                "(_row bigint, _load bigint, _time timestamp)"
            )
            con.execute(
                """insert into raw_shop.surveys by name select 'shop' as source, 's' as survey_id,
                'nps' as item_id, 'nps' as kind, 0 as scale_min, 10 as scale_max,
                '0,1,2,3,4,5,6,7,8,9,10' as valid_codes"""
            )

    def land(self, events: Iterable[Event]) -> None:
        """Land one file of web events: of two contents of one key the larger hash wins."""
        self.load += 1
        won: dict[str, Event] = {}
        lost: list[Event] = []
        for event in events:
            versions = self.told.setdefault(event.id, set())
            if event.content in versions:
                continue
            versions.add(event.content)
            if event.content == max(versions):
                lost += [self.held[event.id]] if event.id in self.held else []
                won[event.id] = self.held[event.id] = event
            else:
                lost.append(event)
        of = {"source": "shop", "load_number": self.load}
        rows = [
            {name: getattr(event, name) for name in _COLUMNS} | of | {"source_id": key}
            for key, event in won.items()
        ]
        times = [{"_row": 0, "_load": self.load, "_time": event.occurred_at} for event in lost]
        with duckdb.connect(str(self.path)) as con:
            gone = "delete from raw_shop.web_events where source_id in (select unnest(?))"
            con.execute(gone, [list(won)])
            _insert(con, "web_events", rows)
            _insert(con, "web_events__superseded", times)

    def tell(self, worlds: Iterable[People]) -> None:
        """Land what the sources now say of all else."""
        with duckdb.connect(str(self.path)) as con:
            for entity in TIMES:
                con.execute(f"delete from raw_shop.{entity}")
                _insert(
                    con, entity, [row for world in worlds for row in world.rows[entity].values()]
                )

    def erase(self, token: str) -> None:
        """A cookie's events leave the raw tables, as an erasure takes them, and nights know of it."""
        with duckdb.connect(str(self.path)) as con:
            con.execute("delete from raw_shop.web_events where visitor_token = ?", [token])
            con.execute("delete from state.watermarks where step = 'applied'")
        self.held = {key: e for key, e in self.held.items() if e.visitor_token != token}

    def build(
        self, as_of: datetime, *, select: str = SELECT, exclude: Iterable[str] = (), **told: str
    ) -> None:
        """Build these models; entities that no world fills are built once."""
        idle = [name for name in ENTITIES if name not in FILLED] if self.is_begun else []
        idle += [f"stg_shop__{name}" for name in idle]
        left = ["--exclude", *idle, *exclude] if [*idle, *exclude] else []
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CX_WAREHOUSE", str(self.path))
            told = {"code": "1", **told}
            self.dbt.invoke(["run", "--select", *select.split(), *left], as_of, **told)
        self.is_begun |= select == SELECT

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of each mart, in order."""
        with duckdb.connect(str(self.path), read_only=True) as con:
            return {mart: con.execute(f"from {mart} order by all").fetchall() for mart in MARTS}

    def rebuilt(self, as_of: datetime) -> dict[str, list[tuple[Any, ...]]]:
        """The same rows by a full rebuild, in a warehouse of its own."""
        whole = copy(self)
        whole.path = self.path.parent / "whole" / self.path.name
        whole.path.parent.mkdir(exist_ok=True)
        shutil.copyfile(self.path, whole.path)
        with duckdb.connect(str(whole.path)) as con:
            for schema in ("state", "night", "intermediate", "marts"):
                con.execute(f"drop schema if exists {schema} cascade")
        whole.build(as_of, exclude=["path:models/entities", "path:packs"])
        return whole.content()

    def mode(self) -> str:
        """How the last run built what persons lived through: full or night."""
        with duckdb.connect(str(self.path), read_only=True) as con:
            found = con.execute("select number > base from night.changes").fetchone()
        assert found is not None
        return "night" if found[0] else "full"


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    names = sorted({name for row in rows for name in row})
    told = pa.table({name: [row.get(name) for row in rows] for name in names})
    if rows:
        con.register("told", told)
        con.execute(f"insert into raw_shop.{table} by name select * from told")


_COLUMNS = [field.name for field in fields(Event) if field.name in ENTITIES["web_events"]]
