"""Why customers call: what is learnt, what SQL makes of it, and what a night does with it."""

import csv
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import pytest
from homes import AS_OF, Demo, Home
from reasons_truth import Judge

from cx_pipeline.landing.reasons import TRAINED
from cx_pipeline.privacy.audit import Audit
from cx_pipeline.science.reasons import (
    LEAST_PERSONS,
    Labelled,
    NothingToLearn,
    is_held_out,
    judge,
    learn,
    terms_of,
)
from cx_pipeline.settings import load_settings

TEXTS = {
    "delivery": (
        "Where is my parcel?",
        "It isn’t here, the parcel",
        "包裹没到",
        "Onde está o pacote",
    ),
    "billing": ("Charged twice, why", "You’ve charged me", "多收钱了", "Cobrança errada não"),
}
LATEST = date.fromisoformat(AS_OF) - timedelta(days=1)  # which the night still sees
REASONS = "marts.fct_contact_reasons"
BLANKED = ("Billing", "Delivery", "Returns")  # of the most contacts: three of each


def given(texts: dict[str, Sequence[str]] = TEXTS, persons: int = LEAST_PERSONS) -> list[Labelled]:
    """Each text as many persons wrote it."""
    who = frozenset(f"p{number}" for number in range(persons))
    return [Labelled(text, reason, persons, who) for reason, many in texts.items() for text in many]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    judged = Judge(tmp_path_factory.mktemp("reasons"))
    yield judged
    judged.models.con.close()


@pytest.fixture
def sql(compiled: Judge) -> Judge:
    compiled.empty()
    return compiled


# ---- what is learnt --------------------------------------------------------------------------


def test_equal_texts_give_an_equal_model() -> None:
    one, other = learn(given()), learn(given()[::-1])
    assert one.version == other.version
    assert list(one.rows()) == list(other.rows())
    assert one.version != learn(given()[1:]).version


def test_what_few_persons_wrote_is_not_in_the_model() -> None:
    """Also where many contacts hold it: they are of the same persons."""
    who = frozenset(f"p{number}" for number in range(LEAST_PERSONS - 1))
    rare = Labelled("parcel of Zebedee", "delivery", 100, who)
    model = learn([*given(), rare])
    assert "parcel" in model.terms
    assert not {"zebedee", "of zebedee", "parcel of"} & set(model.terms)
    other = Labelled("parcel of Zebedee", "delivery", 1, frozenset(("p9",)))
    assert "zebedee" in learn([*given(), rare, other]).terms


def test_a_reason_of_few_persons_is_not_learnt() -> None:
    few = {"login": ("Cannot log in",)}
    assert "login" not in learn([*given(), *given(few, LEAST_PERSONS - 1)]).reasons
    assert "login" in learn([*given(), *given(few)]).reasons


def test_one_reason_is_nothing_to_learn() -> None:
    with pytest.raises(NothingToLearn, match="fewer than two reasons"):
        learn(given({"delivery": TEXTS["delivery"]}))


def test_held_out_texts_are_judged_by_the_others() -> None:
    """All are right where a word tells them, and all wrong where the held-out ones say the contrary."""
    texts = {reason: [f"{reason} {number}" for number in range(60)] for reason in ("red", "blue")}
    many = given(texts)
    found = judge(many)
    assert found is not None
    assert found.texts == sum(is_held_out(one.text) for one in many) > 10
    assert (found.accuracy, found.macro_f1, found.sure_accuracy) == (1, 1, 1)
    other = {"red": "blue", "blue": "red"}
    turned = [
        replace(one, reason=other[one.reason]) if is_held_out(one.text) else one for one in many
    ]
    found = judge(turned)
    assert found is not None
    assert (found.accuracy, found.macro_f1) == (0, 0)


# ---- what SQL makes of it ----------------------------------------------------------------------

HARD = (
    *TEXTS["delivery"], *TEXTS["billing"], "PARCEL", "isn't", "Charged charged charged", "parcel; charged",
    "没 到", "não", "where is", "the parcel twice", "Ünknown parcel!", "parcel\nwhere", "é",
)  # fmt: skip


def test_sql_and_the_model_cut_and_weigh_texts_alike(sql: Judge) -> None:
    model = learn(given())
    sql.teach(model)
    sql.contacts(HARD)
    shares = model.probabilities(HARD)
    known = [bool(terms_of(text) & set(model.terms)) for text in HARD]
    assert {True, False} == set(known)
    told = sql.told("reason", "cast(score as double)", "model_version", "unknown_reason")
    for text, is_known, found, part in zip(HARD, known, told, shares, strict=True):
        if not is_known:
            assert found == (None, None, None, "no_term_known"), text
            continue
        reason, score, version, _ = found
        assert score == pytest.approx(part.max(), abs=1e-4), text
        assert version == model.version
        if part.max() > 0.5001:
            assert reason == model.reasons[part.argmax()], text


def test_a_given_reason_stands_and_what_is_unknown_says_why(sql: Judge) -> None:
    columns = ("reason", "basis", "unknown_reason", "score is not null")
    sql.contacts(["Charged twice", ""])
    assert sql.told(*columns) == [
        (None, "unknown", "no_model", False), (None, "unknown", "no_model", False),
    ]  # fmt: skip
    more = {"login": ("Cannot log in",), "returns": ("Send it back",)}
    sql.teach(learn([*given(), *given(more)]))
    assert sql.told(*columns) == [
        ("billing", "predicted", None, True), (None, "unknown", "no_text", False),
    ]  # fmt: skip
    sql.empty()
    sql.teach(learn([*given(), *given(more)]))
    sql.contacts(["Charged twice"], reason="delivery")
    assert sql.told(*columns) == [("delivery", "given", None, False)]
    sql.empty()
    sql.teach(learn([*given(), *given(more)]))
    sql.contacts(["parcel charged log back", "nothing whatever"])
    assert sql.told(*columns) == [
        (None, "unknown", "too_uncertain", True), (None, "unknown", "no_term_known", False),
    ]  # fmt: skip


# ---- what a night does with it -----------------------------------------------------------------


def reasons_of(home: Home, where: str) -> dict[str, tuple[str, str, str]]:
    with home.marts() as con:
        rows = con.execute(
            f"select contact_id, reason, basis, unknown_reason from fct_contact_reasons where {where}"
        ).fetchall()
    return {contact: tuple(told) for contact, *told in rows}


def hashes(home: Home) -> dict[str, str]:
    return {
        name: t["content_hash"]
        for name, t in home.manifest["tables"].items()
        if t["kind"] == "mart"
    }


def blank_reasons(home: Home) -> dict[str, str]:
    """A newer delivery in which some cases have no reason: what it was, by contact."""
    (old,) = (home.landing / "salesforce").glob("Case_*.csv")
    with old.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    was = {}
    blanked = [[row for row in rows if row["Reason"] == reason][:3] for reason in BLANKED]
    for row in chain.from_iterable(blanked):
        was[f"salesforce/{row['Id']}"] = row["Reason"].lower()
        row["Reason"] = ""
        row["SystemModstamp"] = f"{LATEST}T20:00:00.000Z"
    with old.with_name(f"Case_{LATEST:%Y%m%d}.csv").open(
        "w", encoding="utf-8", newline=""
    ) as lines:
        writer = csv.DictWriter(lines, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return was


def test_the_next_night_tells_reasons_by_the_model(demo: Demo, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(demo.path, home.path, symlinks=True)
    was = blank_reasons(home)
    home.cx("run", "--as-of", AS_OF)
    unknown = reasons_of(home, "basis <> 'given'")
    assert unknown == {contact: (None, "unknown", "no_model") for contact in was}
    before = hashes(home)

    trained = home.cx("train", "reasons", "--json").told
    assert set(trained["reasons"]) >= set(was.values())
    told = home.cx("run", "--as-of", AS_OF, "--json").told
    (step,) = (step for step in told["steps"] if step.startswith("transform: dbt builds"))
    assert step.endswith("and tests 1 models"), step
    predicted = reasons_of(home, "basis <> 'given'")
    assert predicted == {contact: (reason, "predicted", None) for contact, reason in was.items()}
    after = hashes(home)
    assert {name for name in after if after[name] != before[name]} == {"fct_contact_reasons"}

    assert home.cx("train", "reasons", "--json").told == trained
    assert home.cx("run", "--as-of", AS_OF, "--json").told["transform"] == "skipped"
    with home.warehouse() as con:
        rows = con.execute(f"from {REASONS} order by all").fetchall()
    chosen = 'key:"marts/fct_contact_reasons"'
    home.cx("run", "--as-of", AS_OF, "--full-refresh", "--select", chosen)
    with home.warehouse() as con:
        assert con.execute(f"from {REASONS} order by all").fetchall() == rows
    settings = load_settings(home.path)
    acts = Audit(settings.audit_file, settings.vault_file).acts([TRAINED])
    assert [act.detail["model"] for act in acts] == [trained["version"]] * 2


def test_labels_of_a_file_are_learnt_redacted(demo: Demo, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(demo.path, home.path, symlinks=True)
    labels = tmp_path / "labels.csv"
    rows = [
        f"Please close account {n} and write to zoe.zimmer@mail.example,closing" for n in range(9)
    ]
    labels.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    home.cx("train", "reasons", "--labels", str(labels))
    with home.warehouse() as con:
        terms = {
            term for (term,) in con.execute("select term from landing.reason_terms").fetchall()
        }
        reasons = con.execute("select distinct reason from landing.reason_terms").fetchall()
    assert "close account" in terms
    assert ("closing",) in reasons
    assert not [term for term in terms if "zoe" in term or "zimmer" in term]


def test_what_cannot_be_learnt_is_told_in_a_sentence(demo: Demo, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.cx("init", "--key-file", str(demo.key))
    assert "run first: cx run" in home.cx("train", "reasons", expect=2).err
    labels = tmp_path / "labels.csv"
    labels.write_text("words,label\nhello,x\n", encoding="utf-8")
    wrong = Home(tmp_path / "wrong")
    shutil.copytree(demo.path, wrong.path, symlinks=True)
    told = wrong.cx("train", "reasons", "--labels", str(labels), expect=2).err
    assert "has no column text" in told
    missing = str(tmp_path / "none.csv")
    assert "does not exist" in wrong.cx("train", "reasons", "--labels", missing, expect=2).err
