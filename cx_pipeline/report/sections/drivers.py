"""What moves the score: how often each driver hurts against what that takes off the outcome."""

from cx_pipeline.report.blocks import Cell, Figure, Table
from cx_pipeline.report.comparisons import scatter
from cx_pipeline.report.groups import K
from cx_pipeline.report.reading import Marts, Row
from cx_pipeline.report.wording import NONE, change, number, plain, share

_OUTCOMES = {"nps": ("NPS", "points"), "csat": ("satisfaction", "share")}


def figures(marts: Marts) -> list[Figure]:
    """A picture per outcome of which any driver hurt enough persons to have an interval."""
    if not marts.has("agg_drivers", "kpi", "impact", "coefficient", "hurt_count"):
        return []
    found = [_figure(marts, kpi) for kpi in _OUTCOMES]
    return [figure for figure in found if figure]


def _figure(marts: Marts, kpi: str) -> Figure | None:
    name, unit = _OUTCOMES[kpi]
    rows = marts.rows(
        """select *, hurt_count / fact_count as hurt_share from agg_drivers
        where kpi = ? and fact_count > 0 order by abs(impact) desc nulls last, driver""",
        kpi,
    )
    shown = [
        row for row in rows if row["low"] is not None and row["fact_count"] - row["hurt_count"] >= K
    ]
    if not shown:
        return None
    title = f"What moves {name}"
    form = ".1%" if unit == "share" else ",~r"
    svg = scatter(
        [
            (
                plain(row["driver"]),
                row["hurt_share"],
                row["impact"],
                (row["low"], row["high"]),
                f"{plain(row['driver'])}: {change(row['impact'], unit)}, "
                f"before {share(row['hurt_share'])} of answers",
            )
            for row in shown
        ],
        f"{title}: impact against how often it hurts; values in the table below",
        ("before so many of the answers it hurt", ".0%"),
        (f"{name} with it less {name} without it", form),
    )
    unseen = len(rows) - len(shown)
    return Figure(
        title=title,
        svg=svg,
        note="Impact of each driver with 95 % interval, "
        f"n {number(shown[0]['fact_count'])} answers, all days. Below zero it costs. "
        "No proof of cause."
        + (f" Not shown: {number(unseen)} that hurt few persons or nobody." if unseen else ""),
        table=Table(
            ("Driver", "Hurts", "Impact", "Coefficient"),
            [
                [
                    plain(row["driver"]),
                    share(row["hurt_share"]),
                    _cell(row, "", unit),
                    _cell(row, "coefficient_", unit),
                ]
                for row in shown
            ],
            caption="Coefficient: with one standard deviation, the other drivers held still.",
        ),
        is_wide=True,
    )


def _cell(row: Row, prefix: str, unit: str) -> Cell | str:
    value = row["coefficient" if prefix else "impact"]
    low, high = (row[f"{prefix}{side}"] for side in ("low", "high"))
    if value is None or low is None or high is None:
        return NONE
    return Cell(change(value, unit), small=f"{change(low, unit)} to {change(high, unit)}")
