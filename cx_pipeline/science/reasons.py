"""Why customers call, learnt from texts whose reason is known: a linear model of words and pairs.

Numbers and texts in, a model out. The model is a table of weights, which SQL applies
(macros/reasons.sql); what counts as a term here is what counts as one there.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

# As macros/engine/rows.sql cuts words: a Chinese sign is one, a sign that ends a clause too.
_WORD = re.compile(r"[a-zà-öø-ÿ]+(?:'[a-z]+)?|[一-鿿]|[.,!?;。，！？；]")
# A term or a reason of fewer persons could tell of one of them, and would teach little.
LEAST_PERSONS = 5
MOST_TERMS = 5_000
# A text is held out by its hash: one in five.
_HELD_OUT = 5
_PENALTY = 0.1
_ROUNDS = 200
SURE = 0.5  # below this probability no reason is told: macros/reasons.sql
INTERCEPT = ""

Array = np.ndarray[Any, np.dtype[np.float64]]


class NothingToLearn(Exception):
    """The texts do not tell two reasons apart; the message says what is missing."""


@dataclass(frozen=True)
class Labelled:
    """A text, the reason that it was given, how often, and some of the persons who wrote it.

    `persons` is enough of them to see whether there are `LEAST_PERSONS`.
    """

    text: str
    reason: str
    count: int
    persons: frozenset[str]


@dataclass(frozen=True)
class Model:
    """Weights by (reason, term): the intercept stands under an empty term."""

    reasons: tuple[str, ...]
    terms: tuple[str, ...]
    weights: Array = field(repr=False)  # a row a term, the last is the intercept

    def rows(self) -> Iterable[tuple[str, str, float]]:
        """(reason, term, weight) of all."""
        for number, term in enumerate((*self.terms, INTERCEPT)):
            for place, reason in enumerate(self.reasons):
                yield reason, term, float(self.weights[number, place])

    @property
    def version(self) -> str:
        """A hash of all that it holds."""
        digest = hashlib.sha256("\x1f".join((*self.reasons, "", *self.terms)).encode())
        digest.update(self.weights.tobytes())
        return digest.hexdigest()[:12]

    def probabilities(self, texts: Sequence[str]) -> Array:
        """Of each text and reason; as SQL has it, but that a text without a known term has some."""
        places = {term: number for number, term in enumerate(self.terms)}
        return _shares(_matrix(texts, places), self.weights)[0]


@dataclass(frozen=True)
class Quality:
    """How a model of four fifths of the texts judges the fifth that it has not seen."""

    texts: int
    accuracy: float
    macro_f1: float
    sure_share: float
    sure_accuracy: float | None


def words_of(text: str) -> list[str]:
    """The words of a text in small letters."""
    return _WORD.findall(text.lower().replace("’", "'"))


def terms_of(text: str) -> set[str]:
    """The words of a text in small letters, and each with the one behind it."""
    words = words_of(text)
    return {*words, *(f"{one} {other}" for one, other in pairwise(words))}


def is_held_out(text: str) -> bool:
    """Whether the text is one of the fifth by which models are judged."""
    return int(hashlib.md5(text.encode()).hexdigest(), 16) % _HELD_OUT == 0


def learn(given: Sequence[Labelled]) -> Model:
    """The model of these texts, the same whenever they are the same.

    Raises NothingToLearn where fewer than two reasons are given by enough persons.
    """
    reasons = _of_enough_persons((one.reason, one.persons) for one in given)
    if len(reasons) < 2:
        raise NothingToLearn(
            f"fewer than two reasons are given in texts of {LEAST_PERSONS} persons or more: "
            "nothing was learnt"
        )
    used = sorted(
        (one for one in given if one.reason in reasons), key=lambda one: (one.text, one.reason)
    )
    found = _of_enough_persons((term, one.persons) for one in used for term in terms_of(one.text))
    spread = sorted(found, key=lambda term: (-found[term], term))[:MOST_TERMS]
    terms = {term: number for number, term in enumerate(sorted(spread))}
    names = tuple(sorted(reasons))
    place = {name: number for number, name in enumerate(names)}
    weights = _fit(
        _matrix([one.text for one in used], terms),
        np.array([place[one.reason] for one in used]),
        np.array([float(one.count) for one in used]),
        len(names),
    )
    return Model(names, tuple(terms), weights)


def judge(given: Sequence[Labelled]) -> Quality | None:
    """What a model learnt from the other four fifths says of the held-out texts.

    A held-out reason that the others do not hold counts as wrong. None where nothing is held out
    or too little is left to learn from.
    """
    held_out = [one for one in given if is_held_out(one.text)]
    try:
        model = learn([one for one in given if not is_held_out(one.text)])
    except NothingToLearn:
        return None
    if not held_out:
        return None
    shares = model.probabilities([one.text for one in held_out])
    told = [model.reasons[place] for place in shares.argmax(axis=1)]
    right = np.array([one.reason == name for one, name in zip(held_out, told, strict=True)])
    is_sure = shares.max(axis=1) >= SURE
    return Quality(
        texts=len(held_out),
        accuracy=float(right.mean()),
        macro_f1=_macro_f1([one.reason for one in held_out], told),
        sure_share=float(is_sure.mean()),
        sure_accuracy=float(right[is_sure].mean()) if is_sure.any() else None,
    )


def _macro_f1(given: Sequence[str], told: Sequence[str]) -> float:
    """The mean F1 of the reasons that were given."""
    pairs = list(zip(given, told, strict=True))
    scores = []
    for reason in sorted(set(given)):
        both = sum(one == reason == other for one, other in pairs)
        either = sum(one == reason for one, _ in pairs) + sum(other == reason for _, other in pairs)
        scores.append(2 * both / either)
    return float(np.mean(scores))


def _of_enough_persons(seen: Iterable[tuple[str, frozenset[str]]]) -> dict[str, int]:
    """What at least `LEAST_PERSONS` wrote, and in how many rows."""
    persons: dict[str, set[str]] = {}
    rows: dict[str, int] = {}
    for name, who in seen:
        rows[name] = rows.get(name, 0) + 1
        known = persons.setdefault(name, set())
        if len(known) < LEAST_PERSONS:
            known |= who
    return {name: rows[name] for name, known in persons.items() if len(known) >= LEAST_PERSONS}


def _matrix(texts: Sequence[str], terms: dict[str, int]) -> sparse.csr_matrix:
    """A row a text: the terms that it holds, together of length one."""
    starts, places, values = [0], [], []
    for text in texts:
        held = sorted(terms[term] for term in terms_of(text) if term in terms)
        places += held
        values += [max(len(held), 1) ** -0.5] * len(held)
        starts.append(len(places))
    return sparse.csr_matrix(
        (np.array(values, dtype=float), np.array(places, dtype=np.int32), np.array(starts)),
        shape=(len(texts), len(terms)),
    )


def _fit(texts: sparse.csr_matrix, given: Array, counts: Array, reasons: int) -> Array:
    """Logistic regression over all reasons at once, its weights held small by a squared penalty."""
    terms = texts.shape[1]
    across = texts.T.tocsr()
    wanted = np.zeros((texts.shape[0], reasons))
    wanted[np.arange(len(given)), given] = 1

    def loss(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(terms + 1, reasons)
        shares, logs = _shares(texts, weights)
        wrong = (shares - wanted) * counts[:, None]
        slope = np.vstack([across @ wrong + _PENALTY * weights[:-1], wrong.sum(axis=0)])
        missed = -(logs[np.arange(len(given)), given] * counts).sum()
        return float(missed + 0.5 * _PENALTY * (weights[:-1] ** 2).sum()), slope.ravel()

    start = np.zeros((terms + 1) * reasons)
    options = {"maxiter": _ROUNDS, "maxcor": 5, "ftol": 1e-5}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    weights: Array = np.round(found.x.reshape(terms + 1, reasons), 4) + 0.0  # no -0
    return weights


def _shares(texts: sparse.csr_matrix, weights: Array) -> tuple[Array, Array]:
    """The probability of each reason for each text, and its logarithm."""
    scores = texts @ weights[:-1] + weights[-1]
    scores -= scores.max(axis=1, keepdims=True)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return np.exp(logs), logs
