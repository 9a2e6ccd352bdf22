"""One load in a process of its own, as `bench.landing` measures it: ours, or a peer doing the same.

python -m bench.loads NAME FOLDER WORK    reads every extract in FOLDER, works in WORK

The same load is: unpack, explicit types, the e-mail as a keyed hash, rows in DuckDB and in a
Parquet file beside it. Ours moreover verifies each checksum, proves encoding and every value's
type, seals each e-mail in the vault, tells duplicates by key and content, and keeps books.
"""

import hmac
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

CONTRACT = """
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: orders
        config:
          meta:
            extract: {{files: "orders_*.{ending}", format: {format}, kind: events, key: [order_id],
                      time: ordered_at, subject: email}}
        columns:
          - {{name: order_id}}
          - {{name: email, config: {{meta: {{pii: {{kind: email, action: token}}}}}}}}
          - {{name: ordered_at, data_type: timestamp}}
          - {{name: status}}
          - {{name: channel}}
          - {{name: amount, data_type: "decimal(18,2)"}}
          - {{name: items, data_type: integer}}
          - {{name: promised_on, data_type: date}}
"""
KEY = b"k" * 32


def token(value: str) -> str:
    """As the peers make it: HMAC-SHA256, once a distinct value."""
    return hmac.digest(KEY, value.encode(), "sha256").hex()[:32]


def ours(folder: Path, work: Path) -> None:
    """The landing, without a night around it."""
    from cx_pipeline.contracts import load_pack
    from cx_pipeline.landing.load import land
    from cx_pipeline.privacy.keys import make_key
    from cx_pipeline.settings import Settings

    pack = work / "packs" / "shop"
    pack.mkdir(parents=True)
    ending = "ndjson" if any(folder.glob("*.ndjson")) else "csv"
    (pack / "_shop__sources.yml").write_text(CONTRACT.format(ending=ending, format=ending))
    settings = Settings(home=work / "home", sources=("shop",), pack_paths=(work / "packs",))
    make_key(settings.token_key_file)
    settings.landing.mkdir(parents=True)
    (settings.landing / "shop").symlink_to(folder)
    told = land(settings, [load_pack(pack)], run_id="bench", now=datetime(2026, 3, 1))
    lost = [one.reason for one in told if one.accepted != one.rows_read]
    if lost or not told:
        raise RuntimeError(f"not every row was accepted: {lost[:3]}")


def _into_duckdb(work: Path, frame: Any) -> None:
    import duckdb

    with duckdb.connect(str(work / "peer.duckdb")) as con:
        con.register("frame", frame)
        con.execute("create table orders as select * from frame")
        con.execute(f"copy orders to '{work / 'orders.parquet'}' (format parquet)")


def pandas(folder: Path, work: Path) -> None:
    """pandas with explicit types."""
    import pandas as pd

    text = dict.fromkeys(("order_id", "email", "status", "channel"), "string")
    frames = []
    for file in sorted(folder.iterdir()):
        if file.suffix == ".ndjson":
            frame = pd.read_json(file, lines=True, dtype=False, convert_dates=False)
            frame = frame.astype({**text, "amount": "float64", "items": "int32"})
        else:
            frame = pd.read_csv(file, dtype={**text, "amount": "float64", "items": "int32"})
        for name in ("ordered_at", "promised_on"):
            frame[name] = pd.to_datetime(frame[name], format="ISO8601")
        frames.append(frame)
    whole = pd.concat(frames)
    whole["email"] = whole["email"].map({v: token(v) for v in whole["email"].unique()})
    _into_duckdb(work, whole)


def polars(folder: Path, work: Path) -> None:
    """polars with explicit types."""
    import polars as pl

    types = {
        "order_id": pl.String, "email": pl.String, "ordered_at": pl.String, "status": pl.String,
        "channel": pl.String, "amount": pl.Float64, "items": pl.Int32, "promised_on": pl.String,
    }  # fmt: skip
    read = [
        pl.read_ndjson(file, schema=types)
        if file.suffix == ".ndjson"
        else pl.read_csv(file, schema=types)
        for file in sorted(folder.iterdir())
    ]
    whole = pl.concat(read).with_columns(
        pl.col("ordered_at").str.to_datetime(), pl.col("promised_on").str.to_date()
    )
    emails = whole["email"].unique().to_list()
    made = {value: token(value) for value in emails}
    _into_duckdb(work, whole.with_columns(pl.col("email").replace_strict(made)).to_arrow())


def dlt(folder: Path, work: Path) -> None:
    """dlt's own readers into its DuckDB destination."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["DLT_DATA_DIR"] = str(work / "dlt")
    import dlt as library
    from dlt.sources.filesystem import filesystem, read_csv, read_jsonl

    made: dict[str, str] = {}

    def protected(row: dict[str, Any]) -> dict[str, Any]:
        value = row["email"]
        row["email"] = made.get(value) or made.setdefault(value, token(value))
        return row

    is_json = any(folder.glob("*.ndjson"))
    reader = read_jsonl() if is_json else read_csv()
    files = filesystem(bucket_url=str(folder), file_glob="orders_*") | reader
    pipeline = library.pipeline(
        "orders",
        pipelines_dir=str(work / "pipelines"),
        destination=library.destinations.duckdb(str(work / "peer.duckdb")),
    )
    pipeline.run(files.add_map(protected).with_name("orders"))


LOADS = {"ours": ours, "pandas": pandas, "polars": polars, "dlt": dlt}

if __name__ == "__main__":
    LOADS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
