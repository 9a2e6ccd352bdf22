"""The model of contact reasons: learnt from what the home holds, kept where the night reads it.

It stands in `landing.reason_terms`, an input of the night like rows that landed: made by
`cx train reasons`, read by fct_contact_reasons, and in every backup as part of the warehouse.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cx_pipeline.landing import frames
from cx_pipeline.landing.learned import keep
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.privacy.redaction import redact
from cx_pipeline.science.reasons import (
    LEAST_PERSONS,
    Labelled,
    NothingToLearn,
    Quality,
    judge,
    learn,
)
from cx_pipeline.settings import Settings, SettingsError
from cx_pipeline.warehouse import connect

TRAINED = "train reasons"
MOST_TEXTS = 50_000
_COLUMNS = ("text", "label")
# Of more texts than that a draw by their hash, which is the same in each home that holds them.
_GIVEN = f"""
select t.text, c.reason, count(*),
    list(distinct t.person_id) filter (t.person_id is not null)[:{LEAST_PERSONS}]
from intermediate.int_texts as t
join marts.fct_contacts as c on c.contact_id = t.text_id
where t.entity = 'contact' and c.reason is not null
group by t.text, c.reason
order by md5(t.text), t.text, c.reason limit {MOST_TEXTS}
"""


@dataclass(frozen=True)
class Trained:
    """What was learnt: from how many texts, what it holds, and how it judges texts held out."""

    version: str
    texts: int
    reasons: tuple[str, ...]
    terms: int
    held_out: Quality | None


def train(settings: Settings, labels: Path | None, *, actor: str) -> Trained:
    """Learn from the contacts whose reason is given, and from a file; the next night reads it.

    The act stands in the audit chain before the model does. The caller holds the run lock. Raises
    SettingsError where no night was built, the file cannot be read, or there is nothing to learn.
    """
    if not settings.warehouse_file.exists():
        raise SettingsError(f"{settings.home} holds no contacts yet; run first: cx run")
    with connect(settings.warehouse_file) as con:
        given = [*_of_home(con), *(_of_file(labels) if labels else ())]
        try:
            model = learn(given)
        except NothingToLearn as bare:
            raise SettingsError(f"{bare}; see docs/text.md") from bare
        done = Trained(model.version, len(given), model.reasons, len(model.terms), judge(given))
        detail = {"model": done.version, "texts": str(done.texts), "terms": str(done.terms)}
        Audit(settings.audit_file, settings.vault_file).append(actor, TRAINED, detail)
        reasons, terms, weights = zip(*model.rows(), strict=True)
        columns: frames.Columns = {
            "reason": ("text", reasons),
            "term": ("text", terms),
            "weight": ("text", [f"{weight:.4f}" for weight in weights]),
        }
        keep(con, "reason_terms", model.version, columns)
    return done


def _of_home(con: duckdb.DuckDBPyConnection) -> list[Labelled]:
    try:
        rows = con.execute(_GIVEN).fetchall()
    except duckdb.CatalogException as unbuilt:
        raise SettingsError("no night has built the contacts yet; run first: cx run") from unbuilt
    # Texts of which nobody knows who wrote them count as those of one person.
    return [
        Labelled(text, reason, count, frozenset(persons or ("",)))
        for text, reason, count, persons in rows
    ]


def _of_file(file: Path) -> list[Labelled]:
    """Distinct rows of a CSV file with the columns text and label, redacted; each of a person."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if missing := [n for n in _COLUMNS if n not in (reader.fieldnames or ())]:
                raise SettingsError(f"{file} has no column {missing[0]}; it needs text,label")
            pairs = [(row["text"] or "", (row["label"] or "").strip()) for row in reader]
    except (UnicodeDecodeError, csv.Error) as bad:
        raise SettingsError(f"{file} is no CSV file in UTF-8") from bad
    told = [(text, label) for text, label in pairs if text.strip() and label]
    texts = redact([text for text, _ in told])
    distinct = dict.fromkeys(
        (text or "", label) for text, (_, label) in zip(texts, told, strict=True)
    )
    return [
        Labelled(text, label, 1, frozenset((f"row {number}",)))
        for number, (text, label) in enumerate(distinct)
    ]
