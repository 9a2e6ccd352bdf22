"""Labelled texts, and the models' own SQL on any texts: what sentiment is judged by.

The labelled sentences are split by a hash of each: one half was read while the words were put
together, figures are of the other half. Portuguese: reviews of Olist whose score is not 3.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from cx_pipeline.contracts import find_packs, load_pack
from cx_pipeline.settings import Settings, prepare_environment
from cx_pipeline.transform.project import invoke, run_vars

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = ("amazon_cells", "imdb", "yelp")


@dataclass(frozen=True)
class Figures:
    """How well classes agree with labels: share that is right, and the mean F1 of both classes."""

    n: int
    accuracy: float
    macro_f1: float


class Scorer:
    """The models' own SQL, over texts that are given."""

    def __init__(self, home: Path) -> None:
        settings = Settings(home=home)
        prepare_environment(settings)
        settings.state.mkdir(parents=True, exist_ok=True)
        found = find_packs(settings.pack_roots)
        packs = [load_pack(found[name]) for name in settings.sources]
        told = run_vars(settings, packs, date(2026, 1, 1))
        names = ("int_text_terms", "int_text_scores")
        for _ in invoke(settings, packs, ["compile", "--select", *names], told):
            pass
        folder = settings.dbt_target / "compiled/cx/models/intermediate/feedback"
        terms, self._scores = ((folder / f"{name}.sql").read_text() for name in names)
        self._con = duckdb.connect(str(settings.warehouse_file), config={"threads": 2})
        self._con.execute("set preserve_insertion_order = false")
        self._con.execute("create schema if not exists intermediate")
        self._con.execute(f"create table intermediate.int_text_terms as {terms}")

    def scores(self, texts: Sequence[str], language: str) -> list[float]:
        """The score of each text, from -1 to 1."""
        given = pd.DataFrame({"text": texts, "language": language})
        self._con.register("given", given)
        self._con.execute("create or replace table intermediate.int_texts as from given")
        self._con.execute(f"create or replace table scored as {self._scores}")
        self._con.unregister("given")
        found = dict(self._con.execute("select text, cast(score as double) from scored").fetchall())
        return [found[one] for one in texts]


def figures(labelled: Sequence[tuple[str, bool]], scores: Sequence[float]) -> Figures:
    """Positive is a score above 0; VADER is judged by the same line."""
    pairs = [(is_good, score > 0) for (_, is_good), score in zip(labelled, scores, strict=True)]
    f1 = []
    for side in (True, False):
        both = pairs.count((side, side))
        wrong = pairs.count((side, not side)) + pairs.count((not side, side))
        f1.append(2 * both / (2 * both + wrong))
    right = sum(told == is_good for is_good, told in pairs)
    return Figures(len(pairs), right / len(pairs), sum(f1) / 2)


def labelled_sentences() -> list[tuple[str, bool]]:
    """Sentences of three sites, and whether they are positive."""
    rows = []
    for name in SETS:
        told = (DATA / "text" / f"sentences_{name}.txt").read_text("latin-1")
        pairs = (line.rsplit("\t", 1) for line in told.split("\n") if "\t" in line)
        rows += [(sentence.strip(), label.strip() == "1") for sentence, label in pairs]
    return rows


def held_out_sentences() -> list[tuple[str, bool]]:
    """Those of an odd hash: no word was chosen by them."""
    rows = labelled_sentences()
    return [row for row in rows if int(hashlib.md5(row[0].encode()).hexdigest()[7], 16) % 2]


def olist_reviews(delivery: int) -> list[tuple[str, bool]]:
    """Distinct reviews with a text, and whether their score is above 3; those of 3 left out."""
    file = DATA / "olist" / f"delivery_{delivery}" / "olist_order_reviews_dataset.csv"
    frame = pd.read_csv(file).dropna(subset=["review_comment_message"])
    frame = frame[frame["review_score"] != 3]
    title = frame["review_comment_title"].fillna("")
    frame["text"] = (title + " " + frame["review_comment_message"]).str.strip()
    frame = frame.drop_duplicates("text")
    return list(zip(frame["text"], frame["review_score"] > 3, strict=True))
