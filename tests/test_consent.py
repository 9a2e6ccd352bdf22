"""Consent at the door: whose stands is known, counted, recognised at once, and enforced by the build."""

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from consent_world import (
    FIRST,
    ORACLES,
    PACK,
    PERSONS,
    SECOND,
    Box,
    Statement,
    contact_id,
    region,
    standing,
    statements,
    write_contacts,
    write_statements,
)
from homes import Home

from cx_pipeline.privacy.keys import Keys
from cx_pipeline.privacy.tokens import Tokenizer
from cx_pipeline.purposes import NEEDING_CONSENT
from cx_pipeline.settings import SettingsError, load_settings

DAY = timedelta(days=1)
MAIL, CALLS = "email_marketing", "phone_marketing"
# Who is who. The first two have two records of the CRM.
(OTHER_BOX, TYPO_DATE, SILENT, OPTED_OUT, DO_NOT_CALL, WITHDRAWN, LATE_GRANT, BOTH_AT_ONCE, NOT_YET) = range(
    ORACLES, ORACLES + 9
)  # fmt: skip
UNTOUCHED, OLD = Box(False, False), FIRST - 150 * DAY
BOXES = {
    (OTHER_BOX, 0): Box(True, False, OLD),
    (OTHER_BOX, 1): UNTOUCHED,
    (TYPO_DATE, 0): Box(True, None, SECOND + 30 * DAY),
    (OPTED_OUT, 0): UNTOUCHED,
    (DO_NOT_CALL, 0): UNTOUCHED,
}
AN_HOUR_AGO = SECOND - timedelta(hours=1)
BOXES_LATER = {
    **BOXES,
    (OPTED_OUT, 0): Box(True, False, AN_HOUR_AGO, changed_at=AN_HOUR_AGO),
    (DO_NOT_CALL, 0): Box(False, True, changed_at=AN_HOUR_AGO),
}
RANDOM = statements(600)
NIGHT_1 = [
    *RANDOM[::2],
    Statement(9001, WITHDRAWN, MAIL, "granted", FIRST - 20 * DAY),
    Statement(9002, LATE_GRANT, MAIL, "refused", FIRST - 10 * DAY),
    Statement(9003, BOTH_AT_ONCE, MAIL, "granted", FIRST - 5 * DAY),
    Statement(9004, BOTH_AT_ONCE, MAIL, "refused", FIRST - 5 * DAY),
    Statement(9005, NOT_YET, MAIL, "refused", FIRST + timedelta(hours=8)),
]
NIGHT_2 = [
    *RANDOM[1::2],
    Statement(9101, WITHDRAWN, MAIL, "withdrawn", AN_HOUR_AGO),
    Statement(9102, LATE_GRANT, MAIL, "granted", FIRST - 20 * DAY),
]
FORGETFUL = {
    "fct_campaign.sql": "select person_id from {{ ref('dim_customers') }}",
    "_campaign__models.yml": """
models:
  - name: fct_campaign
    description: One row per person that somebody wants to write to.
    config: {schema: marts, materialized: table, access: public, contract: {enforced: true},
             meta: {purpose: email_marketing}}
    data_tests: [one_row_per: {arguments: {columns: [person_id]}}]
    columns: [{name: person_id, data_type: varchar, description: The person}]
""",
}


def home_of(folder: Path, key: Path, default: str = "granted") -> Home:
    """A home of the CRM and the preference centre, whose pack is the user's own."""
    home = Home(folder / "home")
    home.cx("init", "--sources", "salesforce", "--key-file", str(key))
    pack = folder / "packs" / "optins"
    pack.mkdir(parents=True)
    for name, text in PACK.items():
        (pack / name).write_text(text)
    toml = home.path / "cx.toml"
    top = f'sources = ["salesforce", "optins"]\npack_paths = ["{pack.parent}"]\n'
    kept = [line for line in toml.read_text().splitlines() if not line.startswith("sources")]
    bottom = ["[consent.default]", f'email_marketing = "{default}"', ""]
    toml.write_text(top + "\n".join(kept + bottom))
    return home


class Seen(NamedTuple):
    """What a publish told: regions (each a person) by mart, counts, and its content hash."""

    mail: set[str]
    calls: set[str]
    counts: dict[tuple[str, ...], tuple[int, int]]
    content_hash: str


def seen(home: Home) -> Seen:
    with home.marts() as con:
        mail, calls = (
            {row[0] for row in con.execute(f"select region from {mart}").fetchall()}
            for mart in ("dim_email_recipients", "dim_phone_recipients")
        )
        counts = {row[:3]: row[3:] for row in con.execute("from agg_consents").fetchall()}
    return Seen(mail, calls, counts, home.manifest["content_hash"])


class Told(NamedTuple):
    state: str
    basis: str
    contradicting: int
    stated_at: Any


def consents(home: Home) -> dict[tuple[int, str], Told]:
    """What the warehouse holds of each person and purpose."""
    token = Tokenizer(Keys.load(load_settings(home.path))).tokens
    names = [contact_id(person) for person in range(PERSONS)]
    person_of = dict(zip(token("account", names), range(PERSONS), strict=True))
    with home.warehouse() as con:
        rows = con.execute(
            """select t.token, c.purpose, c.state, c.basis, c.contradicting_count, c.stated_at
            from marts.dim_consents as c
            inner join intermediate.int_person_tokens as t on t.person_id = c.person_id"""
        ).fetchall()
    return {(person_of[row[0]], row[1]): Told(*row[2:]) for row in rows if row[0] in person_of}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> Home:
    """The first night; `nights` goes on with it."""
    home = home_of(tmp_path_factory.mktemp("consent"), key_file)
    write_contacts(home.landing / "salesforce" / "Contact_1.csv", BOXES)
    write_statements(home.landing / "optins" / "statements_1.csv", NIGHT_1)
    home.cx("run", "--as-of", f"{FIRST:%F}")
    return home


@pytest.fixture(scope="module")
def nights(home: Home) -> tuple[Seen, Seen]:
    """Both nights; the second brings the first one's statements again, in another order."""
    first = seen(home)
    write_contacts(home.landing / "salesforce" / "Contact_2.csv", BOXES_LATER, seed=2)
    write_statements(home.landing / "optins" / "statements_2.csv", NIGHT_2, seed=2)
    write_statements(home.landing / "optins" / "statements_1_again.csv", NIGHT_1, seed=3)
    home.cx("run", "--as-of", f"{SECOND:%F}")
    return first, seen(home)


def test_withdrawal_and_opt_out_are_recognised_the_night_they_arrive(
    nights: tuple[Seen, Seen],
) -> None:
    first, second = nights
    for person in (OPTED_OUT, WITHDRAWN, NOT_YET):
        assert region(person) in first.mail - second.mail, person
    assert region(DO_NOT_CALL) in first.calls - second.calls
    assert region(SILENT) in first.mail & second.mail
    assert region(SILENT) not in first.calls | second.calls
    for person in (LATE_GRANT, BOTH_AT_ONCE, OTHER_BOX, TYPO_DATE):
        assert region(person) not in first.mail | second.mail, person
    assert region(OTHER_BOX) in first.calls & second.calls
    for night in nights:
        for purpose, reached in ((MAIL, night.mail), (CALLS, night.calls)):
            told = {key: n for key, (n, _) in night.counts.items() if key[0] == purpose}
            assert sum(told.values()) == PERSONS
            granted = sum(n for (_, state, _), n in told.items() if state == "granted")
            assert granted == len(reached)


def test_each_state_has_its_basis(home: Home, nights: tuple[Seen, Seen]) -> None:
    told = consents(home)
    assert told[SILENT, MAIL] == ("granted", "default", 0, None)
    assert told[SILENT, CALLS] == ("refused", "default", 0, None)
    assert told[DO_NOT_CALL, MAIL][:3] == ("granted", "existing_customer", 0)
    assert told[DO_NOT_CALL, CALLS] == ("withdrawn", "statement", 0, AN_HOUR_AGO)
    assert told[OPTED_OUT, MAIL] == ("withdrawn", "statement", 0, AN_HOUR_AGO)
    assert told[WITHDRAWN, MAIL] == ("withdrawn", "statement", 0, AN_HOUR_AGO)
    assert told[LATE_GRANT, MAIL] == ("refused", "statement", 0, FIRST - 10 * DAY)
    assert told[BOTH_AT_ONCE, MAIL] == ("refused", "statement", 1, FIRST - 5 * DAY)
    assert told[OTHER_BOX, MAIL] == ("withdrawn", "statement", 1, OLD)
    assert told[TYPO_DATE, MAIL][:2] == ("withdrawn", "statement")


def test_what_stands_is_what_a_plain_reading_says(home: Home, nights: tuple[Seen, Seen]) -> None:
    told = consents(home)
    states: Counter[str] = Counter()
    for person in range(ORACLES):
        for purpose in NEEDING_CONSENT:
            mine = [s for s in RANDOM if (s.person, s.purpose) == (person, purpose)]
            wanted = standing(mine, SECOND)
            assert wanted, "every one of them stated something"
            state, basis, _, stated_at = told[person, purpose]
            assert (state, stated_at, basis) == (*wanted, "statement"), (person, purpose)
            states[state] += 1
    assert min(states[state] for state in ("granted", "refused", "withdrawn")) > 2


@pytest.mark.prove
def test_one_full_build_of_the_same_files_says_the_same(
    nights: tuple[Seen, Seen], tmp_path: Path, key_file: Path
) -> None:
    whole = home_of(tmp_path, key_file)
    write_contacts(whole.landing / "salesforce" / "Contact_2.csv", BOXES_LATER, seed=9)
    write_statements(whole.landing / "optins" / "statements.csv", NIGHT_2 + NIGHT_1, seed=9)
    write_contacts(whole.landing / "salesforce" / "Contact_1.csv", BOXES, seed=8)
    whole.cx("run", "--as-of", f"{SECOND:%F}")
    assert seen(whole) == nights[1]


@pytest.fixture
def copied(home: Home, nights: tuple[Seen, Seen], tmp_path: Path) -> Home:
    copy = Home(tmp_path / "home")
    shutil.copytree(home.path, copy.path, symlinks=True)
    return copy


@pytest.mark.prove
def test_another_default_is_a_night_of_its_own(copied: Home, nights: tuple[Seen, Seen]) -> None:
    toml = copied.path / "cx.toml"
    toml.write_text(toml.read_text().replace('marketing = "granted"', 'marketing = "refused"'))
    told = copied.cx("run", "--as-of", f"{SECOND:%F}", "--json").told
    assert told["transform"] == "built"
    before, after = nights[1], seen(copied)
    assert before.mail - after.mail == {
        region(person) for person in (SILENT, NOT_YET + 1, NOT_YET + 2, NOT_YET + 3)
    }
    assert before.counts[MAIL, "granted", "default"] == after.counts[MAIL, "refused", "default"]
    assert (MAIL, "granted", "default") not in after.counts


@pytest.mark.prove
def test_a_mart_that_forgets_consent_is_not_published(copied: Home, home: Home) -> None:
    """A user's mart declares that it is for e-mail marketing, and holds everybody."""
    packs = copied.path.parent / "packs"
    shutil.copytree(home.path.parent / "packs", packs)
    for name, text in FORGETFUL.items():
        (packs / "optins" / name).write_text(text)
    toml = copied.path / "cx.toml"
    toml.write_text(toml.read_text().replace(str(home.path.parent / "packs"), str(packs)))
    live = copied.current.resolve()
    told = copied.cx("run", "--as-of", f"{SECOND:%F}", "--json", expect=5).told
    assert told["published"] is None and copied.current.resolve() == live
    assert told["leaks"] and all(
        "fct_campaign" in leak and "person without consent to email_marketing" in leak
        for leak in told["leaks"]
    )


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            '[consent.default]\ntelepathy = "granted"',
            "'telepathy' is no purpose that needs consent",
        ),
        ('[consent.default]\nanalytics = "withdrawn"', "analytics = 'withdrawn' is neither"),
        ("[consent.default]\nanalytics = [1]", "analytics = [1] is neither"),
        ('[consent]\ndefault = "granted"', "needs a state for each purpose"),
        ('[consent]\ndefaults = "granted"', "consent.defaults"),
    ],
)
def test_a_default_that_cannot_be_meant_is_one_sentence(
    told: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "cx.toml").write_text(told)
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_without_a_word_everything_is_refused(new_home: Callable[..., Home]) -> None:
    settings = load_settings(new_home().path)
    assert settings.consent.default == dict.fromkeys(NEEDING_CONSENT, "refused")
