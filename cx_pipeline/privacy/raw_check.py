"""Whether a raw table keeps what its contract promises: tokens, redacted texts, or nothing."""

import duckdb

from cx_pipeline.contracts import Contract
from cx_pipeline.privacy.detectors import PREFILTER_SQL, find_personal

TOKEN_SQL = "v[0-9]{1,3}_[0-9a-f]{32}"

_GENERALISED = {
    "birth_date": "[0-9]{3}0s",
    "ip": r"[0-9]+\.[0-9]+\.0\.0/16|[0-9a-f:]+/32",
    "address": ".{1,2}|[^0-9]+",
}


def raw_values_found(con: duckdb.DuckDBPyConnection, contract: Contract) -> list[str]:
    """Names of the personal columns that hold anything but what their action leaves.

    A token column holds tokens or null, a dropped one null; a redacted text or address of a page
    holds nothing that a detector finds; a generalised value has the form of a decade, a network
    or a region.
    """
    table = f'raw_{contract.source}."{contract.table}"'
    found = []
    for column in contract.pii_columns:
        action, name = column.pii.action if column.pii else None, f'"{column.name}"'
        if action == "token":
            wrong = f"not regexp_full_match({name}, '{TOKEN_SQL}')"
            rows = con.execute(f"select 1 from {table} where {wrong} limit 1").fetchall()
        elif action == "drop":
            rows = con.execute(f"select 1 from {table} where {name} is not null limit 1").fetchall()
        elif action == "redact":
            suspects = con.execute(
                f"select distinct {name} from {table} where regexp_matches({name}, ?)",
                [PREFILTER_SQL],
            ).fetchall()
            rows = [text for (text,) in suspects if find_personal(text)][:1]
        else:
            form = _GENERALISED[column.pii.kind] if column.pii else ""
            wrong = f"not regexp_full_match({name}, ?)"
            rows = con.execute(f"select 1 from {table} where {wrong} limit 1", [form]).fetchall()
        if rows:
            found.append(column.name)
    return found
