"""What texts are about: what is learnt, what SQL makes of it, and what a night does with it."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from homes import AS_OF, Demo, Home
from test_reasons import hashes
from topics_truth import Topics, by_chance, shared_knowledge

from cx_pipeline.landing.topics import TRAINED
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.science.reasons import LEAST_PERSONS, NothingToLearn
from cx_pipeline.science.topics import LEAST_SCORE, Model, Told, learn, terms_of
from cx_pipeline.settings import load_settings

WORDS = {
    "delivery": ("parcel", "courier", "late", "tracking", "doorstep", "warehouse"),
    "billing": ("charged", "invoice", "refund", "euros", "debit", "twice"),
    "login": ("password", "account", "locked", "reset", "código", "não-letter"),
    "quality": ("包裹", "质量", "退货", "客服", "开裂", "味道"),
}
EVERYONE = frozenset(f"p{number}" for number in range(LEAST_PERSONS))


def texts_of(words: Sequence[str]) -> list[str]:
    """Each three of the words: 20 texts."""
    return [" ".join(three) for three in combinations(words, 3)]


def told(texts: Sequence[str], persons: frozenset[str] = EVERYONE) -> list[Told]:
    return [Told(text, persons) for text in texts]


ALL = {text: label for label, words in WORDS.items() for text in texts_of(words)}


@pytest.fixture(scope="module")
def model() -> Model:
    return learn(told(list(ALL)), len(WORDS))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Topics]:
    topics = Topics(tmp_path_factory.mktemp("topics"))
    yield topics
    topics.models.con.close()


@pytest.fixture
def sql(compiled: Topics) -> Topics:
    compiled.empty()
    return compiled


# ---- what is learnt --------------------------------------------------------------------------


def test_equal_texts_give_an_equal_model(model: Model) -> None:
    other = learn(told(list(ALL)[::-1]), len(WORDS))
    assert list(model.rows()) == list(other.rows())
    assert model.version == other.version
    assert model.version != learn(told(list(ALL)[1:]), len(WORDS)).version
    assert model.version != learn(told(list(ALL)), len(WORDS) + 1).version


def test_texts_of_one_matter_are_of_one_topic(model: Model) -> None:
    """Also where their words are Chinese; draws find them more alike than those of a muddle."""
    found = model.scores(list(ALL)).argmax(axis=1).tolist()
    assert shared_knowledge(list(ALL.values()), found) == pytest.approx(1)
    assert by_chance(list(ALL.values()), found) < 0.2
    words = [word for many in WORDS.values() for word in many]
    chance = np.random.default_rng(1)
    muddle = [" ".join(chance.choice(words, 3, replace=False)) for _ in ALL]
    assert 0.95 < model.stability <= 1
    assert learn(told(muddle), len(WORDS)).stability < 0.9
    for topic in model.topics(list(ALL)):
        (label,) = {ALL[text] for text in topic.examples}
        assert topic.texts == 20
        held = set().union(*(terms_of(word) for word in WORDS[label]))
        assert set(topic.name.split(", ")) <= held
    assert learn(told(list(ALL))).tried.keys() == {6, 8}


def test_what_few_persons_wrote_is_not_in_the_model() -> None:
    """Also where many texts hold it: they are of the same persons."""
    few = told([f"{text} zebedee" for text in ALL], frozenset(list(EVERYONE)[1:]))
    assert "zebedee" not in learn([*told(list(ALL)), *few], 4).terms
    other = Told("zebedee", frozenset(("p9",)))
    assert "zebedee" in learn([*told(list(ALL)), *few, other], 4).terms


def test_small_words_and_marks_of_redaction_are_no_terms() -> None:
    marked = learn(told([f"it is the {text} [known] of you [card]" for text in ALL]), 4)
    assert {"parcel", "包裹"} <= set(marked.terms)
    assert not {"it", "is", "the", "you", "known", "card"} & set(marked.terms)


def test_too_few_texts_or_too_many_topics_are_told() -> None:
    with pytest.raises(NothingToLearn, match="2 texts hold 0 telling words"):
        learn(told(["the", "and"]))
    with pytest.raises(NothingToLearn, match="2 to 8 topics can be learnt, not 9"):
        learn(told(list(ALL)), 9)


# ---- what SQL makes of it ----------------------------------------------------------------------

HARD = (
    *ALL, "PARCEL", "parcel parcel; invoice", "Nothing whatever", "不 包 裹", "我的包裹没到", "Código ÉUROS",
    "charged’s parcel", "parcel invoice password 质量", "late\ntwice", "包,裹", "é",
)  # fmt: skip


def test_sql_and_the_model_cut_and_weigh_texts_alike(sql: Topics, model: Model) -> None:
    sql.teach(model)
    sql.say_all(HARD)
    scores = np.round(model.scores(HARD), 4)
    topics = np.where(scores.max(axis=1) >= LEAST_SCORE, scores.argmax(axis=1) + 1, 0)
    expected = dict(sorted(Counter(topics.tolist()).items()))
    assert expected[0] >= 3
    assert dict(sql.told("topic", "text_count")) == expected
    for number, text in enumerate(HARD):
        sql.models.table("marts.fct_text_sentiment", "entity varchar, text_id varchar, person_id varchar, score decimal(5, 4), local_date date",
            [("mention", str(number), None, None, "2026-02-10")])  # fmt: skip
        assert sql.told("topic") == [(topics[number],)], text


def test_topics_of_a_month_sum_to_its_texts(sql: Topics, model: Model) -> None:
    sql.teach(model)
    number = 1 + int(model.scores(["parcel courier"]).argmax())
    sql.say("parcel courier late")
    sql.say("parcel courier", person="q", score=-0.25)
    sql.say("parcel courier", person=None, score=None)
    sql.say("of nothing known")
    sql.say("of nothing known", day="2026-01-31")
    columns = (
        "month::varchar", "topic", "text_count", "month_text_count", "share", "person_count",
        "unknown_person_text_count", "scored_count", "mean_score", "model_version",
    )  # fmt: skip
    assert sql.told(*columns) == [
        ("2026-01-01", 0, 1, 1, 1.0, 1, 0, 1, 0.5, model.version),
        ("2026-02-01", 0, 1, 4, 0.25, 1, 0, 1, 0.5, model.version),
        ("2026-02-01", number, 3, 4, 0.75, 2, 1, 2, 0.125, model.version),
    ]
    assert sql.told("topic_name")[-1] == (model.names[number - 1],)
    # Wilson, of 3 in 4
    assert sql.told("round(low, 4)", "round(high, 4)")[-1] == (0.3006, 0.9544)


def test_without_a_model_all_are_of_none(sql: Topics) -> None:
    sql.say("parcel courier late")
    assert sql.told("topic", "topic_name", "text_count", "model_version") == [(0, "none", 1, None)]


# ---- what a night does with it -----------------------------------------------------------------


def whole(home: Home) -> list[tuple[Any, ...]]:
    with home.warehouse() as con:
        return con.execute("from marts.agg_text_topics order by all").fetchall()


def test_the_next_night_tells_topics_by_the_model(demo: Demo, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(demo.path, home.path, symlinks=True)
    with home.marts() as con:
        none = con.execute(
            "select distinct topic, topic_name, model_version from agg_text_topics"
        ).fetchall()
    assert none == [(0, "none", None)]
    before = hashes(home)

    trained = home.cx("train", "topics", "--topics", "4", "--json").told
    names = {topic["topic"]: topic["name"] for topic in trained["topics"]}
    assert len(names) == 4
    assert all(topic["examples"] for topic in trained["topics"])
    run = home.cx("run", "--as-of", AS_OF, "--json").told
    (step,) = (step for step in run["steps"] if step.startswith("transform: dbt builds"))
    assert step.endswith("and tests 1 models"), step
    after = hashes(home)
    assert {name for name in after if after[name] != before[name]} == {"agg_text_topics"}
    with home.marts() as con:
        found = con.execute(
            "select topic, topic_name, sum(text_count) from agg_text_topics"
            " where topic > 0 group by all"
        ).fetchall()
    assert {topic: name for topic, name, _ in found} == names

    assert home.cx("train", "topics", "--topics", "4", "--json").told == trained
    assert home.cx("run", "--as-of", AS_OF, "--json").told["transform"] == "skipped"
    rows = whole(home)
    chosen = 'key:"marts/agg_text_topics"'
    home.cx("run", "--as-of", AS_OF, "--full-refresh", "--select", chosen)
    assert whole(home) == rows
    settings = load_settings(home.path)
    acts = Audit(settings.audit_file, settings.vault_file).acts([TRAINED])
    assert [act.detail["model"] for act in acts] == [trained["version"]] * 2


def test_what_cannot_be_learnt_is_told_in_a_sentence(demo: Demo, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.cx("init", "--key-file", str(demo.key))
    assert "run first: cx run" in home.cx("train", "topics", expect=2).err
    few = Home(tmp_path / "few")
    shutil.copytree(demo.path, few.path, symlinks=True)
    assert "topics can be learnt" in few.cx("train", "topics", "--topics", "99", expect=2).err
