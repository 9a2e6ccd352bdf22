"""A home of the six vendor packs, and questions to it that are easy to read."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from homes import Home
from vendor_feeds import ADMIN, LEAD, MONA, PACKS
from vendor_files import deliver

from cx_pipeline.contracts import load_pack
from cx_pipeline.landing.load import FileOutcome, land
from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.settings import SHIPPED_PACKS, load_settings

AS_OF = "2026-04-01"
DAY2, DAY3, DAY4 = (f"2026-03-0{day} " for day in (2, 3, 4))


class Vendors(Home):
    """The published home, and questions whose answers name persons by what their tokens stand for."""

    @cached_property
    def names(self) -> dict[str, str]:
        tokens = Tokenizer(Keys.load(load_settings(self.path)))
        told = {
            "account": ["9001", "7001", "7002", "7003", "501", "C-100", "O-1", MONA, LEAD, ADMIN, "b1",
                        "x_42", "x_43", "forum_42"],
            "device": ["11_22", "11_33"],
            "email": ["mona.meyer@mail.example"],
            "phone": ["+49 30 901820"],
        }  # fmt: skip
        pairs = [(value, tokens.tokens(kind, [value])[0]) for kind in told for value in told[kind]]
        return {str(token): value for value, token in pairs}

    def rows(self, relation: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        """Sorted; times as text to the minute, tokens as what they are of, null as nothing."""
        with self.warehouse() as con:
            con.execute("set timezone = 'UTC'")
            found = con.execute(f"select {columns} from {relation} where {where}").fetchall()
        return sorted((tuple(map(self._plain, row)) for row in found), key=str)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M}"
        if isinstance(value, Decimal):
            return float(value)
        return self.names.get(value, value) if isinstance(value, str) else value

    def land(self, source: str) -> list[FileOutcome]:
        settings = load_settings(self.path)
        pack = load_pack(SHIPPED_PACKS / source)
        return land(settings, [pack], run_id="later", now=datetime(2026, 3, 30))


def night(home: Home, packs: Mapping[str, Mapping[str, str]], as_of: str = AS_OF) -> None:
    """Deliver and run one night, in which more than usual goes to quarantine."""
    toml = home.path / "cx.toml"
    toml.write_text(toml.read_text().replace("limit = 0.05", "limit = 0.5"))
    deliver(home.landing, packs)
    home.cx("run", "--as-of", as_of)


def publish(folder: Path) -> None:
    """A night of all six."""
    new = Home(folder / "home")
    new.cx("init", "--sources", ",".join(PACKS))
    night(new, PACKS)
