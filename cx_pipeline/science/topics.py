"""What texts are about, found without labels: TF-IDF and a non-negative factorisation (NMF).

Texts in, a model out. The model is a table of weights, which SQL applies (macros/topics.sql); what
counts as a term here is what counts as one there.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from cx_pipeline.science.reasons import LEAST_PERSONS, NothingToLearn, words_of
from cx_pipeline.science.stop_words import STOP_WORDS

MOST_TERMS = 5_000
MOST_TOPICS = 100
LEAST_SCORE = 0.2  # below this likeness a text is of no topic: macros/topics.sql
NUMBERS = (6, 8, 12, 16, 24)  # of topics, where nobody says how many
_TEXTS_A_TOPIC = 10
_SEEDS = (1, 2, 3)
_ROUNDS = 100
_DRAWN = 0.8  # of the texts, to see whether others of their kind have the same topics
_NAMED_BY = 3
_SHOWN = 10
_EXAMPLES = 3
_LEAST_LETTERS = 3
_MARK = re.compile(r"\[([a-z_ ]+)\]")  # stands where something was redacted

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Told:
    """A distinct text, and some of the persons who wrote it: enough to see `LEAST_PERSONS`."""

    text: str
    persons: frozenset[str]


@dataclass(frozen=True)
class Topic:
    """What a topic is about: its first terms, how many texts are of it, and the likest of them."""

    topic: int
    name: str
    terms: tuple[str, ...]
    texts: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """Weights by (topic, term), each topic of length one, and what a term weighs in a text."""

    terms: tuple[str, ...]
    names: tuple[str, ...]
    weights: Array = field(repr=False)  # a row a topic
    rarity: Array = field(repr=False)
    stability: float
    tried: Mapping[int, float]

    def rows(self) -> Iterable[tuple[int, str, str, float]]:
        """(topic, name, term, weight); under topic 0 what the term weighs in a text."""
        for term, weight in zip(self.terms, self.rarity, strict=True):
            yield 0, "none", term, float(weight)
        for number, (name, weights) in enumerate(zip(self.names, self.weights, strict=True), 1):
            for place in np.flatnonzero(weights):
                yield number, name, self.terms[place], float(weights[place])

    @property
    def version(self) -> str:
        """A hash of all that it holds."""
        lines = "\n".join(f"{t}\x1f{name}\x1f{term}\x1f{w:.4f}" for t, name, term, w in self.rows())
        return hashlib.sha256(lines.encode()).hexdigest()[:12]

    def scores(self, texts: Sequence[str]) -> Array:
        """How like each text is to each topic, from 0 to 1: as SQL has it."""
        places = {term: number for number, term in enumerate(self.terms)}
        held = _matrix([terms_of(text) for text in texts], places, self.rarity)
        likeness: Array = held @ self.weights.T
        return likeness

    def topics(self, texts: Sequence[str]) -> tuple[Topic, ...]:
        """Each topic with its terms and, of these texts, those that are of it."""
        scores = self.scores(texts)
        given = scores.argmax(axis=1)
        is_told = scores.max(axis=1) >= LEAST_SCORE
        return tuple(
            Topic(
                number + 1,
                name,
                first_terms(self.terms, self.weights[number], _SHOWN),
                int(((given == number) & is_told).sum()),
                _likest(texts, np.where((given == number) & is_told, scores[:, number], 0)),
            )
            for number, name in enumerate(self.names)
        )


def terms_of(text: str) -> set[str]:
    """The words of three letters or more, and of Chinese each two neighbouring signs."""
    words = words_of(text)
    long = {word for word in words if len(word) >= _LEAST_LETTERS}
    return long | {
        one + other for one, other in pairwise(words) if _is_sign(one) and _is_sign(other)
    }


def first_terms(terms: Sequence[str], weights: Array, count: int) -> tuple[str, ...]:
    """The terms of the most weight."""
    places = sorted(
        np.flatnonzero(weights).tolist(), key=lambda place: (-weights[place], terms[place])
    )
    return tuple(terms[place] for place in places[:count])


def learn(told: Sequence[Told], number: int | None = None) -> Model:
    """The topics of these texts, the same whenever they are the same.

    As many as told, or else the number of which draws of the texts find the most alike. Raises
    NothingToLearn where fewer than two can be told apart.
    """
    used = sorted(told, key=lambda one: one.text)
    held = [terms_of(one.text) for one in used]
    terms = _terms(used, held)
    most = min(MOST_TOPICS, len(terms) // 2, len(used) // _TEXTS_A_TOPIC)
    if most < 2:
        raise NothingToLearn(
            f"{len(used)} texts hold {len(terms)} telling words of {LEAST_PERSONS} persons or "
            "more: too few to find topics in"
        )
    if number is not None and not 2 <= number <= most:
        raise NothingToLearn(f"of these texts 2 to {most} topics can be learnt, not {number}")
    places = {term: at for at, term in enumerate(terms)}
    spread = np.bincount(
        [places[t] for one in held for t in one if t in places], minlength=len(terms)
    )
    rarity: Array = np.round(1 + np.log((1 + len(used)) / (1 + spread)), 4)
    texts = _matrix(held, places, rarity)
    texts = texts[np.diff(texts.indptr) > 0]
    found: dict[int, tuple[float, Array]] = {}
    for topics in (number,) if number else [n for n in NUMBERS if n <= most] or [most]:
        weights = _best(texts, topics)
        alike = [_alike(weights, _of_a_draw(texts, topics, seed)) for seed in _SEEDS]
        found[topics] = (round(float(np.mean(alike)), 4), weights)
    chosen = max(found, key=lambda topics: (found[topics][0], topics))
    stability, weights = found[chosen]
    weights = _in_order(texts, weights[weights.any(axis=1)])
    names = tuple(", ".join(first_terms(terms, row, _NAMED_BY)) for row in weights)
    tried = {topics: alike for topics, (alike, _) in found.items()}
    return Model(tuple(terms), names, weights, rarity, stability, tried)


def _terms(told: Sequence[Told], held: Sequence[set[str]]) -> list[str]:
    """Telling terms that enough persons wrote, of too many those in the most texts."""
    marks = {word for one in told for mark in _MARK.findall(one.text) for word in words_of(mark)}
    persons: dict[str, set[str]] = {}
    spread: dict[str, int] = {}
    for one, terms in zip(told, held, strict=True):
        for term in terms - STOP_WORDS - marks:
            spread[term] = spread.get(term, 0) + 1
            known = persons.setdefault(term, set())
            if len(known) < LEAST_PERSONS:
                known |= one.persons
    enough = [term for term in spread if len(persons[term]) >= LEAST_PERSONS]
    return sorted(sorted(enough, key=lambda term: (-spread[term], term))[:MOST_TERMS])


def _matrix(
    held: Sequence[set[str]], places: Mapping[str, int], rarity: Array
) -> sparse.csr_matrix:
    """A row a text: the terms that it holds by their rarity, together of length one."""
    starts, columns, values = [0], [], []
    for terms in held:
        at = sorted(places[term] for term in terms if term in places)
        columns += at
        values.append(rarity[at] / max(float(np.sqrt((rarity[at] ** 2).sum())), 1e-12))
        starts.append(len(columns))
    return sparse.csr_matrix(
        (np.concatenate(values or [np.zeros(0)]), np.array(columns, dtype=np.int32), starts),
        shape=(len(held), len(places)),
    )


def _factors(texts: sparse.csr_matrix, topics: int, seed: int) -> tuple[float, Array]:
    """Coordinate descent from a random start: what is not told by it, and the topics' weights."""
    chance = np.random.default_rng(seed)
    parts = chance.random((topics, texts.shape[0]))
    weights = chance.random((topics, texts.shape[1]))
    across = texts.T.tocsr()
    square, missed = float((texts.data**2).sum()), np.inf
    for _ in range(_ROUNDS):
        before = missed
        _descend(parts, np.ascontiguousarray((texts @ weights.T).T), weights @ weights.T)
        seen, own = np.ascontiguousarray((across @ parts.T).T), parts @ parts.T
        _descend(weights, seen, own)
        missed = square - 2 * float((seen * weights).sum())
        missed += float((own * (weights @ weights.T)).sum())
        if before - missed < 1e-5 * square:
            break
    length = np.sqrt((weights**2).sum(axis=1, keepdims=True))
    return missed, np.round(weights / np.maximum(length, 1e-12), 4)


def _best(texts: sparse.csr_matrix, topics: int) -> Array:
    """The topics' weights from the start that leaves the least untold."""
    runs = (_factors(texts, topics, seed) for seed in _SEEDS)
    return min(runs, key=lambda run: run[0])[1]


def _of_a_draw(texts: sparse.csr_matrix, topics: int, seed: int) -> Array:
    """The topics' weights of some of the texts."""
    drawn = np.random.default_rng(seed).random(texts.shape[0]) < _DRAWN
    return _best(texts[np.flatnonzero(drawn)], topics)


def _descend(factor: Array, seen: Array, own: Array) -> None:
    """Each row of a factor at its best, given the others."""
    for at in range(len(factor)):
        step = (seen[at] - own[at] @ factor) / max(own[at, at], 1e-12)
        factor[at] = np.maximum(factor[at] + step, 0)


def _alike(one: Array, other: Array) -> float:
    """Mean likeness (cosine) of topics, each with its own in the other run."""
    likeness = one @ other.T
    return float(likeness[linear_sum_assignment(-likeness)].mean())


def _in_order(texts: sparse.csr_matrix, weights: Array) -> Array:
    """Topics of the most texts first."""
    given = (texts @ weights.T).argmax(axis=1)
    sizes = np.bincount(given, minlength=len(weights))
    ordered: Array = weights[np.argsort(-sizes, kind="stable")]
    return ordered


def _likest(texts: Sequence[str], scores: Array) -> tuple[str, ...]:
    places = sorted(np.flatnonzero(scores).tolist(), key=lambda at: (-scores[at], texts[at]))
    return tuple(texts[at] for at in places[:_EXAMPLES])


def _is_sign(word: str) -> bool:
    return "一" <= word <= "鿿"
