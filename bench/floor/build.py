"""The floor of the transform: the same marts by plain SQL statements, without dbt, tests or nights.

`python -m bench.floor.build WAREHOUSE AS_OF_AT` runs the numbered statements of this folder on a
copy of a warehouse and prints the content hash of the marts and the seconds it took. The
statements may only be made faster; their hash must stay that of the models.
"""

import json
import sys
import time
from pathlib import Path

from cx_pipeline.warehouse import connect, content_hash, content_hash_all

FOLDER = Path(__file__).parent


def build(warehouse: Path, as_of: str, as_of_at: str) -> dict[str, object]:
    """Run every statement in its order; returns `content_hash` and `seconds`."""
    began = time.perf_counter()
    with connect(warehouse, memory_limit="2GB") as con:
        for schema in ("staging", "entities", "intermediate", "marts"):
            con.execute(f"drop schema if exists {schema} cascade")
            con.execute(f"create schema {schema}")
        for path in sorted(FOLDER.glob("*.sql")):
            text = path.read_text().replace("{as_of_at}", as_of_at).replace("{as_of}", as_of)
            con.execute(text)
        seconds = time.perf_counter() - began
        tables = con.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
        hashes = {f"marts.{name}": content_hash(con, "marts", name) for (name,) in tables}
    return {"content_hash": content_hash_all(hashes), "seconds": seconds}


if __name__ == "__main__":
    print(json.dumps(build(Path(sys.argv[1]), sys.argv[2], sys.argv[3])))
