"""The KPI catalogue as a page for people, in English or Chinese."""

from collections.abc import Sequence

from cx_pipeline.explain.figure import Definition

_ENGLISH = (
    "# The KPIs",
    "",
    "Made by `cx catalogue`. What each is counted from: [kpis.md](kpis.md).",
    "",
    "| KPI | name | definition | unit | better | 95 % interval | target | by | version |",
    "|---|---|---|---|---|---|---|---|---|",
)
_CHINESE = (
    "# 关键绩效指标目录",
    "",
    "由 `cx catalogue --chinese` 生成。各指标的计算依据与拆解方法见 [kpis.md](kpis.md)（英文）。",
    "",
    "| 指标 | 名称 | 定义 | 单位 | 方向 | 95 % 区间 | 目标 | 维度 | 版本 |",
    "|---|---|---|---|---|---|---|---|---|",
)
_BETTER = {"up": ("more", "越高越好"), "down": ("less", "越低越好")}
_UNITS = {
    "sessions": "次访问", "share": "比例", "orders": "个订单", "reporting currency": "报告币种",
    "points": "分", "points 1-7": "分（1–7）", "contacts": "次联络", "seconds": "秒",
}  # fmt: skip


def page(kpis: Sequence[Definition], *, in_chinese: bool) -> str:
    """Markdown of these lines of the catalogue. Raises KeyError for a unit without a word."""
    head = _CHINESE if in_chinese else _ENGLISH
    return "\n".join([*head, *(_row(kpi, in_chinese) for kpi in kpis)]) + "\n"


def _row(kpi: Definition, in_chinese: bool) -> str:
    cells = (
        f"`{kpi.kpi_id}`",
        kpi.name_zh if in_chinese else kpi.name,
        kpi.definition_zh if in_chinese else kpi.definition,
        _UNITS[kpi.unit] if in_chinese else kpi.unit,
        _BETTER[kpi.direction][in_chinese],
        kpi.interval_method,
        "" if kpi.target is None else f"{kpi.target:g}",
        ", ".join(kpi.dimensions),
        kpi.definition_version,
    )
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"
