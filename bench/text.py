"""Sentiment beside VADER, if installed; contact reasons; topics: how good, texts a CPU-second."""

import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.measure import ROOT, Line

GOAL = 15.0
COPIES = 100


def text(home: Path) -> list[Line]:
    """Sentiment, contact reasons, then topics."""
    return [*_sentiment(home / "sentiment"), *_reasons(home / "reasons"), *_topics(home / "topics")]


def _sentiment(home: Path) -> list[Line]:
    """Accuracy on held-out sentences and reviews; then texts a CPU-second, many and longer."""
    sys.path.append(str(ROOT / "tests"))  # the labelled texts are the tests' own
    from sentiment_truth import (
        Scorer,
        figures,
        held_out_sentences,
        labelled_sentences,
        olist_reviews,
    )

    held_out, reviews = held_out_sentences(), olist_reviews(2)
    ours = Scorer(home)
    mine = figures(held_out, ours.scores([one for one, _ in held_out], "en"))
    portuguese = figures(reviews, ours.scores([one for one, _ in reviews], "pt"))
    told = [_of("Portuguese reviews not read before", portuguese, None)]
    if not find_spec("vaderSentiment"):
        return [_of("English sentences held out", mine, None), *told]
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    vader = SentimentIntensityAnalyzer()

    def peer(texts: Sequence[str]) -> list[float]:
        return [vader.polarity_scores(one)["compound"] for one in texts]

    theirs = figures(held_out, peer([one for one, _ in held_out]))
    return [
        _of("English sentences held out", mine, theirs),
        *told,
        *_speed(labelled_sentences(), ours, peer),
    ]


def _reasons(home: Path) -> list[Line]:
    """77 reasons of a bank: the fifth of the texts held out by their hash; then all in SQL."""
    sys.path.append(str(ROOT / "tests"))
    from reasons_truth import Judge, banking

    from cx_pipeline.science.reasons import judge, learn

    given = banking()
    found = judge(given)
    if found is None:
        raise ValueError("no text of the bank is held out")
    sql = Judge(home)
    sql.teach(learn(given))
    texts = [one.text for one in given]
    sql.contacts(texts)
    speed = _texts_a_second(texts, lambda _: sql.models.build())
    value = f"accuracy {found.accuracy:.3f}, macro-F1 {found.macro_f1:.3f} (n {found.texts:,})"
    return [
        Line("reasons, 77 of a bank, texts held out", value, "", None, "", None),
        Line(
            f"reasons of {len(texts):,} texts, 77 to choose of", f"{speed:,.0f} texts a CPU-s",
            "", None, "", None,
        ),
    ]  # fmt: skip


def _topics(home: Path) -> list[Line]:
    """As many topics as the bank has reasons: how they share the texts; then all in SQL."""
    sys.path.append(str(ROOT / "tests"))
    from reasons_truth import banking
    from topics_truth import Topics, by_chance, shared_knowledge

    from cx_pipeline.science.topics import Told, learn

    given = banking()
    reasons, texts = [one.reason for one in given], [one.text for one in given]
    began = time.process_time()
    model = learn([Told(one.text, one.persons) for one in given], len(set(reasons)))
    took = time.process_time() - began
    found = model.scores(texts).argmax(axis=1).tolist()
    sql = Topics(home)
    sql.teach(model)
    sql.say_all(texts)
    speed = _texts_a_second(texts, lambda _: sql.models.build())
    return [
        Line(
            f"topics, {len(model.names)} of a bank", f"NMI {shared_knowledge(reasons, found):.3f}",
            f"by chance {by_chance(reasons, found):.3f}", None, "", None,
        ),
        Line("topics, stability", f"{model.stability:.3f}", "", None, "", None),
        Line(f"topics learnt from {len(texts):,} texts", f"{took:.0f} CPU-s", "", None, "", None),
        Line(f"topics of {len(texts):,} texts", f"{speed:,.0f} texts a CPU-s", "", None, "", None),
    ]  # fmt: skip


def _speed(
    labelled: Sequence[tuple[str, bool]], ours: Any, peer: Callable[[Sequence[str]], object]
) -> list[Line]:
    """Distinct sentences, and reviews of ten sentences each."""
    sentences = [one for one, _ in labelled]
    reviews = [" ".join(sentences[at : at + 10]) for at in range(0, len(sentences) - 9)]
    lines = []
    kinds = (("sentences", sentences, COPIES), ("reviews", reviews, COPIES // 10))
    for name, texts, copies in kinds:
        many = [f"{one} {number}" for number in range(copies) for one in texts]
        mine = _texts_a_second(many, lambda told: ours.scores(told, "en"))
        theirs = _texts_a_second(texts, peer)
        lines.append(
            Line(
                f"sentiment of {len(many):,} distinct {name}", f"{mine:,.0f} texts a CPU-s",
                f"VADER {theirs:,.0f}", mine / theirs, f">= {GOAL:g}", mine / theirs >= GOAL,
            )
        )  # fmt: skip
    return lines


def _texts_a_second(texts: Sequence[str], score: Callable[[Sequence[str]], object]) -> float:
    """The best of three, by the CPU time of this process."""
    took = []
    for _ in range(3):
        began = time.process_time()
        score(texts)
        took.append(time.process_time() - began)
    return len(texts) / min(took)


def _of(name: str, mine: Any, theirs: Any) -> Line:
    value = f"accuracy {mine.accuracy:.3f}, macro-F1 {mine.macro_f1:.3f} (n {mine.n:,})"
    if theirs is None:
        return Line(f"sentiment, {name}", value, "", None, "", None)
    return Line(
        f"sentiment, {name}", value,
        f"VADER {theirs.accuracy:.3f}, {theirs.macro_f1:.3f}",
        mine.accuracy / theirs.accuracy, ">= 1", mine.accuracy >= theirs.accuracy,
    )  # fmt: skip
