"""SQL that breaks one row of a table: what planted faults are made of."""


def _first(table: str, where: str) -> str:
    return f"rowid = (select min(rowid) from {table} where {where})"


def changed(table: str, what: str, where: str = "true") -> str:
    """SQL that changes the first row that fits."""
    return f"update {table} set {what} where {_first(table, where)}"


def lost(table: str, where: str = "true") -> str:
    """SQL that takes the first row that fits away."""
    return f"delete from {table} where {_first(table, where)}"


def doubled(table: str, where: str = "true", other: str = "") -> str:
    """SQL that repeats the first row that fits, with `other` values where given."""
    values = f"* replace ({other})" if other else "*"
    return f"insert into {table} select {values} from {table} where {_first(table, where)}"
