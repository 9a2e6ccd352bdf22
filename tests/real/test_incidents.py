"""A service desk's cases through the product: the steps they take are as pandas has them."""

import oracle_incidents as oracle
import pandas as pd
import pytest
from real_homes import RealHome

FILE = "incident_event_log_first5998.csv"
MARTS = ("agg_process_step", "agg_case_backlog", "fct_touchpoints")
AS_OF = "2016-03-05"  # in the midst of it: most cases are still on their way
COLUMNS = "case_count, open_count, entry_count, rework_count, total_seconds, touch_count"


@pytest.fixture(scope="module")
def home(data, key_file, tmp_path_factory):
    home = RealHome.begin(tmp_path_factory.mktemp("incidents"), "incidents", key_file)
    home.deliver("incidents", data / "incidents" / FILE)
    home.make(AS_OF, *MARTS)
    return home


@pytest.fixture(scope="module")
def steps(data):
    return oracle.steps(data / "incidents" / FILE, AS_OF)


def test_each_step_equals_pandas(home: RealHome, steps: pd.DataFrame):
    told = home.query(f"select case_type, state, {COLUMNS} from marts.agg_process_step")
    told = told.set_index(["case_type", "state"]).sort_index()
    assert list(told.index) == list(steps.index)
    for column in steps:
        wrong = told[column][told[column] != steps[column]]
        assert wrong.empty, (
            f"{column}: {wrong.to_dict()}, not {steps[column][wrong.index].to_dict()}"
        )
    assert len(steps) > 50 and (steps[["open_count", "rework_count"]].sum() > 40).all()


def test_states_fill_the_lives_of_cases(home: RealHome, data):
    """From opening to the end, or to as_of, told of each case by its first and last row."""
    rows = oracle.read(data / "incidents" / FILE, AS_OF)
    cases = rows[rows["is_state"]].groupby("number")
    last = cases.tail(1).set_index("number")
    is_over = last["incident_state"].isin(oracle.DONE) & ~last["is_reopened"]
    ended = last["sys_updated_at"].where(is_over, pd.Timestamp(AS_OF))
    began = pd.concat(
        [rows.groupby("number")["opened_at"].last(), cases["sys_updated_at"].min()], axis=1
    )
    seconds = (ended - began.min(axis=1)).dt.total_seconds().sum()
    found = home.query(
        "select sum(total_seconds) as total, sum(waiting_seconds) as waiting, sum(working_seconds)"
        " as working from marts.agg_process_step"
    ).iloc[0]
    assert found["total"] == seconds
    assert 0 < found["waiting"] < found["waiting"] + found["working"] < seconds


def test_backlog_of_each_day_equals_pandas(home: RealHome, data):
    wanted = oracle.backlog(data / "incidents" / FILE, AS_OF)
    told = home.query(
        "select date, opened, reopened, ended, closing from marts.agg_case_backlog"
        " where dimension = 'all' order by date"
    )
    told = told.assign(date=pd.to_datetime(told["date"])).set_index("date")
    assert (told == wanted).all().all() and len(told) == len(wanted) == 5
    assert wanted["closing"].iloc[-1] > 40 and wanted["ended"].sum() > 40


def test_a_case_that_comes_back_to_a_team_is_a_loop(home: RealHome, data):
    rows = oracle.read(data / "incidents" / FILE, AS_OF)
    bounced = 0
    for _, case in rows.groupby("number"):
        left: list[str] = []
        for group, before, is_touch, is_state in zip(
            case["assignment_group"], case["assignment_group"].shift(), case["is_touch"], case["is_state"],
            strict=True,
        ):  # fmt: skip
            if is_touch and not is_state:
                bounced += group in left
                left.append(before)
    assert bounced > 20
    assert home.number("select sum(bounce_count) from marts.fct_touchpoints") == bounced
