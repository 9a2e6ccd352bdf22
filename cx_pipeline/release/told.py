"""What the published database says of itself: comments from the contracts, and views."""

from cx_pipeline.release.marts import Table
from cx_pipeline.warehouse import quoted

# What came after each touchpoint is told by a view, never stored.
_NEXT = """create or replace view publish.main.next_touchpoints as
select touchpoint_id, person_id, step, kind, occurred_at,
    lead(touchpoint_id) over person as next_touchpoint_id,
    lead(kind) over person as next_kind,
    lead(occurred_at) over person as next_at,
    (epoch_us(lead(occurred_at) over person) - epoch_us(occurred_at)) // 1000000
        as seconds_to_next
from main.fct_touchpoints where person_id is not null
window person as (partition by person_id order by step)"""
_READ_BY_NEXT = {"person_id", "step", "touchpoint_id", "kind", "occurred_at"}


def stored(table: Table) -> str:
    """The table in the database that is being written."""
    return f"publish.{table.published_schema}.{quoted(table.name)}"


def comments(table: Table) -> str:
    """SQL that writes what the contract says of the table into the file; one call, not hundreds."""

    def told(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    target = stored(table)
    lines = [f"comment on table {target} is {told(table.description)}"]
    for column in table.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        words = told(column.description + unit)
        lines.append(f"comment on column {target}.{quoted(column.name)} is {words}")
    return ";\n".join(lines)


def view(table: Table) -> str | None:
    """SQL of the view that reads the table, if there is one."""
    names = {column.name for column in table.columns}
    reads = table.full_name == "marts.fct_touchpoints" and names >= _READ_BY_NEXT
    return _NEXT if reads else None
