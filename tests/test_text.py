"""Sentiment: texts whose score is worked out by hand, and what becomes of texts in the marts."""

from collections.abc import Iterator
from datetime import date, datetime
from math import sqrt

import pytest
from conversion_world import Models
from homes import Demo

from cx_pipeline.warehouse import connect

_UNHAPPY_AND_HAPPY = """
    select t.language, avg(t.score) filter (r.score <= 6), avg(t.score) filter (r.score >= 9)
    from marts.fct_text_sentiment as t
    join marts.fct_responses as a on a.answer_id = t.text_id
    join marts.fct_responses as r on r.source = a.source and r.response_id = a.response_id and r.kind = 'nps'
    where t.entity = 'response' and t.score is not null
    group by 1 order by 1
"""
AS_OF = date(2026, 3, 1)
NAMES = (
    "int_text_terms",
    "int_texts",
    "int_text_scores",
    "fct_text_sentiment",
    "agg_text_sentiment",
)
NOON = datetime(2026, 2, 10, 12)  # a Tuesday
INPUTS = {
    "intermediate.int_answers": "answer_id varchar, source varchar, person_id varchar, channel varchar,"
    " aspect varchar, language varchar, text_redacted varchar, answered_at timestamp",
    "intermediate.int_person_tokens": "token varchar, person_id varchar",
    "entities.mentions": "source varchar, source_id varchar, author_token varchar, language varchar,"
    " text_redacted varchar, posted_at timestamp, deleted_at timestamp",
    "entities.contacts": "source varchar, source_id varchar, person_token varchar, channel varchar,"
    " subject_redacted varchar, opened_at timestamp, is_test boolean",
    "entities.contact_events": "source varchar, source_id varchar, contact_id varchar, actor varchar,"
    " actor_token varchar, text_redacted varchar, occurred_at timestamp",
}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    models = Models(tmp_path_factory.mktemp("text"), NAMES, AS_OF)
    yield models
    models.con.close()


@pytest.fixture
def models(compiled: Models) -> Models:
    for name, columns in INPUTS.items():
        compiled.table(name, columns)
    return compiled


def say(models: Models, text: str | None, language: str | None = None, **more: object) -> None:
    told = {
        "answer_id": f"s/{text}", "source": "s", "channel": "order", "aspect": "overall",
        "language": language, "text_redacted": text, "answered_at": NOON,
    } | more  # fmt: skip
    marks = ", ".join("?" * len(told))
    models.con.execute(
        f"insert into intermediate.int_answers ({', '.join(told)}) values ({marks})",
        list(told.values()),
    )


def of(models: Models, *columns: str) -> list[tuple[object, ...]]:
    models.build()
    return models.rows(
        f"select {', '.join(columns)} from marts.fct_text_sentiment order by sentiment_id"
    )


# Weights: great 3, good 2, bad -2.5, slow -2; a negation counts -0.4 itself and turns by -3/4.
CASES = {
    ("en", "It is great."): 3.0,
    ("en", "GREAT"): 3.0,
    ("en", "Nothing of the sort"): -1.0,
    ("en", "It is not good"): -0.4 - 0.75 * 2,
    ("en", "It isn’t good"): -0.4 - 0.75 * 2,
    ("en", "It is not at all good"): -0.4 - 0.75 * 2,
    ("en", "It is not what I would call good"): -0.4 + 2,
    ("en", "Not slow"): -0.4 + 0.75 * 2,
    ("en", "No. Good"): -0.4 + 2,
    ("en", "very good"): 2 + 0.3,
    ("en", "very bad"): -2.5 - 0.3,
    ("en", "slightly bad"): -2.5 + 0.3,
    ("en", "good but slow"): 0.5 * 2 - 1.5 * 2,
    ("en", "a table"): 0.0,
    ("pt", "Não gostei"): -0.4 - 0.75 * 2,
    ("pt", "Produto muito bom"): 2 + 0.3,
    ("pt", "ÓTIMO, chegou quebrado"): 3.0 - 2,
    ("zh", "很好"): 2 + 0.3,
    ("zh", "不好"): -2.0,  # a term of its own, and longer than the good that it holds
    ("zh", "不是很好"): -0.4 - 0.75 * 2,
    ("zh", "质量差，但是很便宜"): 0.5 * -2 + 1.5 * (2 + 0.3),
    ("zh", "桌子"): 0.0,
}


def test_scores_are_those_worked_out_by_hand(models: Models) -> None:
    for language, text in CASES:
        say(models, text, language)
    found = {
        (str(language), str(text_id)[2:]): score
        for language, text_id, score in of(models, "language", "text_id", "cast(score as double)")
    }
    expected = {case: round(v / sqrt(v * v + 15), 4) for case, v in CASES.items()}
    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("stated", "text", "language", "is_stated"),
    [
        ("PT-BR", "great", "pt", True),
        (" en_GB", "ótimo", "en", True),
        (None, "Recebi o produto com atraso", "pt", False),
        (None, "Não", "pt", False),
        (None, "the order is late", "en", False),
        (None, "iPhone 坏了", "zh", False),
        ("", "很好", "zh", False),
        ("de", "gut", "de", True),
    ],
)
def test_language_is_stated_or_guessed(
    models: Models, stated: str | None, text: str, language: str, is_stated: bool
) -> None:
    say(models, text, stated)
    assert of(models, "language", "is_language_stated") == [(language, is_stated)]


def test_what_cannot_be_scored_says_why(models: Models) -> None:
    say(models, "sehr gut", "de")
    say(models, "a table", "en")
    say(models, "never", "en")
    columns = ("text_id", "sentiment", "unscored_reason", "term_count")
    assert of(models, *columns) == [
        ("s/a table", "neutral", "no_word_known", 0),
        ("s/never", "negative", None, 1),
        ("s/sehr gut", None, "unknown_language", None),
    ]


def test_a_text_is_scored_once_and_told_of_each_that_wrote_it(models: Models) -> None:
    for number in range(3):
        say(models, "great", "en", answer_id=f"s/{number}", person_id=f"p{number}")
    say(models, "great", "pt", answer_id="s/3")
    rows = of(models, "text_id", "person_id", "sentiment")
    assert rows == [*((f"s/{n}", f"p{n}", "positive") for n in range(3)), ("s/3", None, "neutral")]
    assert models.rows("select language from intermediate.int_text_scores order by 1") == [
        ("en",), ("pt",),
    ]  # fmt: skip


def test_empty_deleted_and_test_texts_are_none(models: Models) -> None:
    say(models, None)
    say(models, "  ")
    later = datetime(2026, 3, 2)
    models.con.execute(
        "insert into entities.mentions values ('web', '1', 'a', 'en', 'great', $1, null),"
        " ('web', '2', 'b', 'en', 'great', $1, $1), ('web', '3', 'b', 'en', 'great', $1, $2)",
        [NOON, later],
    )
    models.con.execute(
        "insert into entities.contacts values ('desk', '1', 'a', 'email', 'It is broken', $1, false),"
        " ('desk', '2', 'a', 'email', 'It is broken', $1, true),"
        " ('desk', '3', 'a', 'email', 'It is broken', $1, null)",
        [NOON],
    )
    models.con.execute("insert into intermediate.int_person_tokens values ('a', 'ann')")
    assert of(models, "sentiment_id", "person_id", "channel", "sentiment") == [
        ("contact/desk/1", "ann", "email", "negative"),
        ("contact/desk/3", "ann", "email", "negative"),
        ("mention/web/1", "ann", "social", "positive"),
        ("mention/web/3", None, "social", "positive"),
    ]


def test_a_transcript_is_the_messages_of_the_customer(models: Models) -> None:
    models.con.execute(
        "insert into entities.contacts values ('desk', '1', 'a', 'chat', null, $1, false),"
        " ('desk', '2', 'a', 'chat', null, $1, true)",
        [NOON],
    )
    models.con.execute("insert into intermediate.int_person_tokens values ('a', 'ann')")
    for number, contact, actor, token, text, at in (
        (1, "1", "customer", "a", "It is broken", NOON),
        (2, "1", "agent", "g", "We are sorry, this is terrible", NOON),
        (3, "1", "bot", None, "Great", NOON),
        (4, "1", "customer", "b", "Great, thank you", NOON),
        (5, "1", "customer", "a", None, NOON),
        (6, "2", "customer", "a", "bad", NOON),  # a test
        (7, "1", "customer", "a", "bad", datetime(2026, 3, 1)),  # of a later day
        (8, "9", "customer", "a", "bad", NOON),  # of a contact that never came
    ):
        models.con.execute(
            "insert into entities.contact_events values ('desk', ?, ?, ?, ?, ?, ?)",
            [str(number), contact, actor, token, text, at],
        )
    assert of(models, "sentiment_id", "person_id", "channel", "sentiment", "said_at") == [
        ("message/desk/1", "ann", "chat", "negative", NOON),
        ("message/desk/4", None, "chat", "positive", NOON),
    ]


def test_weeks_sum_to_texts(models: Models) -> None:
    say(models, "great", "en")
    say(models, "bad", "en")
    say(models, "a table", "en", answered_at=datetime(2026, 2, 15, 23))
    say(models, "gut", "de")
    say(models, "good", "en", answered_at=datetime(2026, 2, 16))
    say(models, "love", "en", answered_at=None)
    models.build()
    columns = ("text_count", "positive_count", "neutral_count", "negative_count", "unscored_count")
    assert models.rows(
        f"select week, language, {', '.join(columns)}, score_sum is null"
        " from marts.agg_text_sentiment order by week, language"
    ) == [
        (date(2026, 2, 9), "de", 1, 0, 0, 0, 1, True),
        (date(2026, 2, 9), "en", 3, 1, 1, 1, 0, False),
        (date(2026, 2, 16), "en", 1, 1, 0, 0, 0, False),
    ]


def test_unhappy_answers_of_the_demo_sound_unhappy(demo: Demo) -> None:
    """In each language that has a lexicon: what detractors write scores below what promoters write."""
    with connect(demo.path / "state" / "warehouse.duckdb", read_only=True) as con:
        found = con.execute(_UNHAPPY_AND_HAPPY).fetchall()
    assert [row[0] for row in found] == ["en", "pt", "zh"]
    assert all(unhappy < 0 < happy for _, unhappy, happy in found), found
