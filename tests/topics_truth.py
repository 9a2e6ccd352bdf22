"""How well topics part texts that are labelled, and the mart's own SQL on any texts."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
from conversion_world import Models

from cx_pipeline.science.topics import Model

AS_OF = date(2026, 3, 1)
INPUTS = {
    "landing.topic_terms": "version varchar, topic integer, topic_name varchar, term varchar,"
    " weight decimal(12, 4)",
    "marts.fct_text_sentiment": "entity varchar, text_id varchar, person_id varchar,"
    " score decimal(5, 4), local_date date",
    "intermediate.int_texts": "entity varchar, text_id varchar, text varchar",
}


class Topics:
    """The mart of topics over texts that are given, by a model that is given."""

    def __init__(self, folder: Path) -> None:
        self.models = Models(folder, ("agg_text_topics",), AS_OF)
        self.models.con.execute("create schema landing")
        self.empty()

    def empty(self) -> None:
        """No model and no text."""
        for name, columns in INPUTS.items():
            self.models.table(name, columns)

    def teach(self, model: Model) -> None:
        """The weights as the landing keeps them."""
        rows = pd.DataFrame(model.rows(), columns=["topic", "name", "term", "weight"])
        self.models.con.execute(
            f"insert into landing.topic_terms select '{model.version}', topic, name, term, weight from rows"
        )
        del rows

    def say(self, text: str, day: str = "2026-02-10", person: str | None = "p", score: float | None = 0.5) -> None:  # fmt: skip
        """One more post."""
        con = self.models.con
        (number,) = con.execute("select count(*) from intermediate.int_texts").fetchone() or (0,)
        con.execute(
            "insert into intermediate.int_texts values ('mention', $1, $2)", [str(number), text]
        )
        con.execute(
            "insert into marts.fct_text_sentiment values ('mention', $1, $2, $3, $4)",
            [str(number), person, score, day],
        )  # fmt: skip

    def say_all(self, texts: Sequence[str]) -> None:
        """One post a text, all at once."""
        rows = pd.DataFrame({"text": list(texts), "id": [str(n) for n in range(len(texts))]})
        con = self.models.con
        con.execute("insert into intermediate.int_texts select 'mention', id, text from rows")
        con.execute(
            "insert into marts.fct_text_sentiment select 'mention', id, null, null, date '2026-02-10' from rows"
        )
        del rows

    def told(self, *columns: str) -> list[tuple[object, ...]]:
        self.models.build()
        return self.models.rows(
            f"select {', '.join(columns)} from marts.agg_text_topics order by month, entity, topic"
        )


def shared_knowledge(labels: Sequence[object], found: Sequence[object]) -> float:
    """Normalised mutual information of two partings of the same texts: 1 where they are one."""
    n = len(labels)
    given, told, both = Counter(labels), Counter(found), Counter(zip(labels, found, strict=True))
    known = sum(c / n * log(c * n / (given[a] * told[b])) for (a, b), c in both.items())
    unsure = [-sum(c / n * log(c / n) for c in counts.values()) for counts in (given, told)]
    return 2 * known / sum(unsure)


def by_chance(labels: Sequence[object], found: Sequence[object]) -> float:
    """The same of parts as large as these, dealt at random."""
    return shared_knowledge(labels, np.random.default_rng(1).permutation(np.array(found)).tolist())
