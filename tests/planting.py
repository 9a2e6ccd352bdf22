"""SQL that breaks one row of a table: what planted faults are made of."""


def first(table: str, where: str = "true", each: str = "()") -> str:
    """One row that fits, of each group where told: by content, for a build may lay rows any way."""
    return f"""rowid in (select arg_min(rowid, hash(told)) from {table} as told
        where {where} group by {each})"""


def changed(table: str, what: str, where: str = "true") -> str:
    """SQL that changes one row that fits."""
    return f"update {table} set {what} where {first(table, where)}"


def lost(table: str, where: str = "true") -> str:
    """SQL that takes one row that fits away."""
    return f"delete from {table} where {first(table, where)}"


def doubled(table: str, where: str = "true", other: str = "") -> str:
    """SQL that repeats one row that fits, with `other` values where given."""
    values = f"* replace ({other})" if other else "*"
    return f"insert into {table} select {values} from {table} where {first(table, where)}"
