"""77 reasons why customers of a bank write, and the model's own SQL on any texts."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
from conversion_world import Models

from cx_pipeline.science.reasons import Labelled, Model

BANKING = Path(__file__).resolve().parents[2] / "shared" / "data" / "text" / "banking77_train.csv"
AS_OF = date(2026, 3, 1)
INPUTS = {
    "landing.reason_terms": "version varchar, reason varchar, term varchar, weight decimal(12, 4)",
    "marts.fct_contacts": "contact_id varchar, source varchar, person_id varchar, channel varchar,"
    " reason varchar, opened_at timestamp, local_date date",
    "intermediate.int_texts": "entity varchar, text_id varchar, text varchar",
}


class Judge:
    """The mart of reasons over contacts that are given, by a model that is given."""

    def __init__(self, folder: Path) -> None:
        self.models = Models(folder, ("fct_contact_reasons",), AS_OF)
        self.models.con.execute("create schema landing")
        self.empty()

    def empty(self) -> None:
        """No model and no contact."""
        for name, columns in INPUTS.items():
            self.models.table(name, columns)

    def teach(self, model: Model) -> None:
        """The weights as the landing keeps them."""
        rows = pd.DataFrame(model.rows(), columns=["reason", "term", "weight"])
        self.models.con.execute(
            f"insert into landing.reason_terms select '{model.version}', reason, term, weight from rows"
        )
        del rows

    def contacts(self, texts: Sequence[str | None], reason: str | None = None) -> None:
        """One contact a text, of the reason."""
        told = pd.DataFrame({"text": pd.Series(texts, dtype="object")})
        told["id"] = [f"desk/{number:06}" for number in range(len(texts))]
        con = self.models.con
        con.execute(
            "insert into marts.fct_contacts select id, 'desk', null, 'email', $1, '2026-02-10 12:00',"
            " '2026-02-10' from told", [reason],
        )  # fmt: skip
        con.execute(
            "insert into intermediate.int_texts select 'contact', id, text from told where text <> ''"
        )
        del told

    def told(self, *columns: str) -> list[tuple[object, ...]]:
        self.models.build()
        return self.models.rows(
            f"select {', '.join(columns)} from marts.fct_contact_reasons order by contact_id"
        )


def banking() -> list[Labelled]:
    """Each text with its reason, as of a person of its own."""
    with BANKING.open(encoding="utf-8", newline="") as lines:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(lines)]
    return [
        Labelled(text, reason, 1, frozenset((str(number),)))
        for number, (text, reason) in enumerate(rows)
    ]
