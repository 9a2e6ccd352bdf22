"""Subscriptions: opening plus won and won back less lost is closing, month by month."""

from datetime import date

from cx_pipeline.report.blocks import Block, Cell, Figure, Grid, Section, Table, missing
from cx_pipeline.report.charts import MONTH, band, stacked
from cx_pipeline.report.context import Context
from cx_pipeline.report.groups import K, known_persons, marks
from cx_pipeline.report.reading import Marts, Row
from cx_pipeline.report.wording import NONE, number, share

_TABLE = "agg_subscription_movements"
_MONTHS = 13


def section(marts: Marts, told: Context) -> Section:
    """Movements and churn rate of the complete months."""
    months = _months(marts, told.until)
    blocks: tuple[Block, ...] = (
        (Grid(_figures(months, _churn(marts, months))),)
        if months
        else (missing("complete month of subscriptions", "contracts (Salesforce contracts)"),)
    )
    return Section(
        "subscriptions",
        "Subscriptions",
        "Contracts that began, came back and ended in each complete month: "
        "opening + won + won back − lost = closing.",
        blocks,
    )


def _months(marts: Marts, as_of: date) -> list[Row]:
    if not marts.has(_TABLE, "month", "opening", "won", "won_back", "lost", "closing"):
        return []
    rows = marts.rows(
        f"""select month, {
            ", ".join(
                f"cast(sum({name}) as bigint) as {name}"
                for name in ("opening", "won", "won_back", "lost", "closing")
            )
        } from {_TABLE} where month < ? group by month order by month""",
        as_of.replace(day=1),
    )
    for row in rows:
        moved = marks([row["won"], row["won_back"], row["lost"]])
        row["hide"] = dict(zip(("won", "won_back", "lost"), moved, strict=True))
    return rows[-_MONTHS:]


def _churn(marts: Marts, months: list[Row]) -> list[Row]:
    """The KPI as it is published: of those held when a month began, the share that ended in it.

    Lost by opening would count those too that began within the month.
    """
    if not marts.has("fct_kpi_daily", "value", "low", "high"):
        return []
    rows = marts.rows(
        """select date as month, numerator, value, low, high, n, n_persons from fct_kpi_daily
        where kpi_id = 'churn_rate' and dimension = 'all' and dimension_value = 'all'
            and date between ? and ? and value is not null order by date""",
        months[0]["month"],
        months[-1]["month"],
    )
    hidden = {row["month"] for row in months if row["hide"]["lost"]}
    return [
        row
        for row in rows
        if known_persons(row["n_persons"], row["n"]) >= K
        and not 0 < row["numerator"] < K
        and row["month"] not in hidden
    ]


def _figures(months: list[Row], churn: list[Row]) -> tuple[Figure, ...]:
    through = f"{plural_months(len(months))} to {months[-1]['month']:%B %Y}."
    names = {"won": "won", "won_back": "won back", "lost": "lost"}
    counts = {
        text: {
            row["month"]: -row[name] if name == "lost" else row[name]
            for row in months
            if not row["hide"][name]
        }
        for name, text in names.items()
        if any(row[name] for row in months)
    }
    svg, legend = stacked(
        counts,
        "Subscriptions won and lost by month; values in the table below",
        period="month of",
        said="subscriptions",
        axis=MONTH,
    )
    figures = [
        Figure(
            "Won and lost",
            svg,
            f"Subscriptions, {through}",
            table=_table(months),
            legend=legend,
        )
    ]
    points = [
        (
            row["month"],
            row["value"],
            (row["low"], row["high"]),
            f"{row['month']:%B %Y}: {_said(row)}",
        )
        for row in churn
    ]
    if points:
        figures.append(
            Figure(
                "Churn rate",
                band(points, "Churn rate by month; values in the table below", "~%", axis=MONTH),
                "Of the subscriptions held when a month began, the share that ended in it, with "
                f"Wilson 95 % interval, {through}",
                table=Table(("Month", "Churn rate"), _rates(months, churn)),
            )
        )
    return tuple(figures)


def plural_months(count: int) -> str:
    """1 month, 3 months."""
    return f"{count} complete month{'' if count == 1 else 's'}"


def _said(row: Row) -> str:
    return f"{share(row['value'])}, n {number(row['n'])}"


def _rates(months: list[Row], churn: list[Row]) -> list[tuple[str, Cell | str]]:
    told = {
        row["month"]: Cell(
            share(row["value"]),
            small=f"{share(row['low'])} to {share(row['high'])}, n {number(row['n'])}",
        )
        for row in churn
    }
    return [(f"{row['month']:%b %Y}", told.get(row["month"], NONE)) for row in months]


def _table(months: list[Row]) -> Table:
    rows = [
        (
            f"{row['month']:%b %Y}",
            number(row["opening"]),
            *(row["hide"][name] or number(row[name]) for name in ("won", "won_back", "lost")),
            number(row["closing"]),
        )
        for row in reversed(months)
    ]
    return Table(("Month", "Opening", "Won", "Won back", "Lost", "Closing"), rows)
