"""Any source may be missing: each alone publishes, its figures right, the others' marts empty."""

import shutil
from collections.abc import Callable

import pytest
from homes import AS_OF, Demo, Home

# KPIs that one source alone can give, equal then to those of all four.
OWN = {
    "ga4": ["sessions", "conversion_rate"],
    "salesforce": ["orders", "revenue"],
    "connect": ["asa", "aht", "abandonment_rate", "service_level_80_20"],
    "qualtrics": ["nps", "csat", "ces"],
}
TOTALS = """
    select kpi_id, sum(numerator), sum(denominator), sum(n) from fct_kpi_daily
    where dimension = 'all' and list_contains(?, kpi_id) group by kpi_id order by kpi_id
"""


@pytest.mark.prove  # in make test Olist, the bank and the consents are homes of some sources
@pytest.mark.parametrize(
    "source",
    ["connect", "ga4", "salesforce", "qualtrics"],
)
def test_each_source_alone_publishes(
    source: str, demo: Demo, new_home: Callable[..., Home], key_file: str
) -> None:
    home = new_home(source, sources=source, key=key_file)
    shutil.copytree(demo.landing / source, home.landing / source, dirs_exist_ok=True)
    home.cx("run", "--as-of", AS_OF)
    with home.marts() as alone, demo.marts() as together:
        mine = alone.execute(TOTALS, [OWN[source]]).fetchall()
        assert mine == together.execute(TOTALS, [OWN[source]]).fetchall()
        assert len(mine) == len(OWN[source])
        others = [kpi for other, kpis in OWN.items() if other != source for kpi in kpis]
        assert alone.execute(TOTALS, [others]).fetchall() == []
    assert set(home.manifest["tables"]) == set(demo.manifest["tables"])
    assert list(home.manifest["data_through"]) == [source]
