"""Subscriptions: opening plus won and won back less lost is closing, month by month."""

from datetime import date

from cx_pipeline.report.blocks import Block, Cell, Figure, Grid, Section, Table, missing
from cx_pipeline.report.charts import MONTH, band, stacked
from cx_pipeline.report.context import Context
from cx_pipeline.report.groups import K, marks
from cx_pipeline.report.intervals import wilson
from cx_pipeline.report.reading import Marts, Row
from cx_pipeline.report.wording import NONE, number, share

_TABLE = "agg_subscription_movements"
_MONTHS = 13


def section(marts: Marts, told: Context) -> Section:
    """Movements and loss rate of the complete months."""
    months = _months(marts, told.until)
    blocks: tuple[Block, ...] = (
        (Grid(_figures(months)),)
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


def _rate(row: Row) -> tuple[float, tuple[float, float]] | None:
    """Lost of those open at the month's start, where that is a share at all."""
    bounds = wilson(min(row["lost"], row["opening"]), row["opening"])
    if bounds is None or row["hide"]["lost"] or row["opening"] < K:
        return None
    return min(row["lost"] / row["opening"], 1.0), bounds


def _figures(months: list[Row]) -> tuple[Figure, ...]:
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
    rates = [(row["month"], _rate(row), row["opening"]) for row in months]
    points = [
        (month, rate[0], rate[1], f"{month:%B %Y}: {share(rate[0])}, n {number(n)}")
        for month, rate, n in rates
        if rate
    ]
    if points:
        figures.append(
            Figure(
                "Lost of those open at the start",
                band(points, "Loss rate by month; values in the table below", "~%", axis=MONTH),
                f"Share with Wilson 95 % interval, {through}",
                table=Table(
                    ("Month", "Loss rate"), [(f"{r['month']:%b %Y}", _loss(r)) for r in months]
                ),
            )
        )
    return tuple(figures)


def plural_months(count: int) -> str:
    """1 month, 3 months."""
    return f"{count} complete month{'' if count == 1 else 's'}"


def _loss(row: Row) -> Cell | str:
    rate = _rate(row)
    if rate is None:
        return NONE
    low, high = (share(bound) for bound in rate[1])
    return Cell(share(rate[0]), small=f"{low} to {high}, n {number(row['opening'])}")


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
