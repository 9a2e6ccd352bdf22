"""Sentiment on labelled texts: floors on what was measured, on texts by which no word was chosen."""

from pathlib import Path

import pytest
from real_homes import Nights
from sentiment_truth import Scorer, figures, held_out_sentences, olist_reviews


@pytest.fixture(scope="module")
def scorer(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    return Scorer(tmp_path_factory.mktemp("text") / "home")


def test_english_sentences_held_out(scorer: Scorer) -> None:
    """Measured: accuracy 0.840; VADER has 0.817."""
    labelled = held_out_sentences()
    found = figures(labelled, scorer.scores([one for one, _ in labelled], "en"))
    assert found.n > 1400
    assert found.accuracy > 0.83
    assert found.macro_f1 > 0.83


def test_portuguese_reviews_not_read_before(scorer: Scorer) -> None:
    """Measured: accuracy 0.890, macro-F1 0.872."""
    labelled = olist_reviews(2)
    found = figures(labelled, scorer.scores([one for one, _ in labelled], "pt"))
    assert found.n > 1000
    assert found.accuracy > 0.88
    assert found.macro_f1 > 0.86


def test_reviews_of_late_orders_sound_worse(olist: Nights) -> None:
    """Through the whole night: each review with a text is told, and late deliveries are felt in words."""
    found = olist.home.query(
        "select o.is_late, avg(t.score) as mean, count(*) as n"
        f" from {olist.home.published('fct_text_sentiment')} as t"
        f" join {olist.home.published('fct_responses')} as r on r.answer_id = t.text_id"
        f" join {olist.home.published('fct_orders')} as o on o.order_id = r.order_id"
        " where o.is_late is not null group by 1 order by 1"
    )
    assert list(found["is_late"]) == [False, True]
    assert found["n"].min() > 100
    in_time, late = found["mean"]
    assert in_time > 0.2
    assert late < 0
    texts = olist.home.number(  # three of them are blanks
        "select count(*) from entities.responses where trim(text_redacted) <> ''"
    )
    assert texts == olist.home.number("select count(*) from marts.fct_text_sentiment")
