"""The model of topics: learnt from what the home holds, kept where the night reads it.

It stands in `landing.topic_terms`, an input of the night like rows that landed: made by
`cx train topics`, read by agg_text_topics, and in every backup as part of the warehouse.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from cx_pipeline.landing import frames
from cx_pipeline.landing.learned import keep
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.science.reasons import LEAST_PERSONS, NothingToLearn
from cx_pipeline.science.topics import Told, Topic, learn
from cx_pipeline.settings import Settings, SettingsError
from cx_pipeline.warehouse import connect

TRAINED = "train topics"
MOST_TEXTS = 50_000
# Of more texts than that a draw by their hash, which is the same in each home that holds them.
_TEXTS = f"""
select text, list(distinct person_id) filter (person_id is not null)[:{LEAST_PERSONS}]
from intermediate.int_texts
group by text
order by md5(text), text limit {MOST_TEXTS}
"""


@dataclass(frozen=True)
class Trained:
    """What was learnt: from how many texts, its topics, and how alike draws of them find these."""

    version: str
    texts: int
    terms: int
    stability: float
    tried: Mapping[int, float]
    topics: tuple[Topic, ...]


def train(settings: Settings, number: int | None, *, actor: str) -> Trained:
    """Learn from each distinct text of the home; the next night tells topics by it.

    The act stands in the audit chain before the model does. The caller holds the run lock. Raises
    SettingsError where no night was built, or there is nothing to learn.
    """
    if not settings.warehouse_file.exists():
        raise SettingsError(f"{settings.home} holds no texts yet; run first: cx run")
    with connect(settings.warehouse_file) as con:
        told = _of_home(con)
        try:
            model = learn(told, number)
        except NothingToLearn as bare:
            raise SettingsError(f"{bare}; see docs/text.md") from bare
        topics = model.topics([one.text for one in told])
        done = Trained(
            model.version, len(told), len(model.terms), model.stability, model.tried, topics
        )
        detail = {"model": done.version, "texts": str(done.texts), "topics": str(len(topics))}
        Audit(settings.audit_file, settings.vault_file).append(actor, TRAINED, detail)
        numbers, names, terms, weights = zip(*model.rows(), strict=True)
        columns: frames.Columns = {
            "topic": ("text", [str(topic) for topic in numbers]),
            "topic_name": ("text", names),
            "term": ("text", terms),
            "weight": ("text", [f"{weight:.4f}" for weight in weights]),
        }
        keep(con, "topic_terms", model.version, columns)
    return done


def _of_home(con: duckdb.DuckDBPyConnection) -> list[Told]:
    try:
        rows = con.execute(_TEXTS).fetchall()
    except duckdb.CatalogException as unbuilt:
        raise SettingsError("no night has built the texts yet; run first: cx run") from unbuilt
    # Texts of which nobody knows who wrote them count as those of one person.
    return [Told(text, frozenset(persons or ("",))) for text, persons in rows]
