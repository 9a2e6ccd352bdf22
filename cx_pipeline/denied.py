"""The home's `identity_deny.csv`: pairs of tokens that are never one person."""

import csv
import io
import re
from pathlib import Path

_TOKEN = re.compile(r"v\d+_[0-9a-f]{32}")
_COLUMNS = ("token", "other_token")


class DenyListFault(Exception):
    """The file cannot be used; the message names the line and the remedy, and no value of it."""


def denied_pairs(path: Path) -> tuple[tuple[str, str], ...]:
    """Each pair once, the smaller token first, in order; none where there is no file.

    Other columns, such as the reason, are for whoever reads the file. Raises DenyListFault.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as bad:
        raise DenyListFault(f"{path} cannot be read as UTF-8 text") from bad
    rows = csv.DictReader(text.splitlines(), skipinitialspace=True)
    if not set(_COLUMNS) <= set(rows.fieldnames or ()):
        raise DenyListFault(f"{path} needs a first line with the columns {', '.join(_COLUMNS)}")
    pairs = set()
    for row in rows:
        one, other = sorted((row[name] or "").strip() for name in _COLUMNS)
        place = f"{path} line {rows.line_num}"
        if not (_TOKEN.fullmatch(one) and _TOKEN.fullmatch(other)):
            raise DenyListFault(
                f"{place} needs two tokens; cx token KIND VALUE tells the token of a known value"
            )
        if one == other:
            raise DenyListFault(f"{place} names one token twice: nothing can be kept apart from it")
        pairs.add((one, other))
    return tuple(sorted(pairs))


def deny(path: Path, pair: tuple[str, str], reason: str) -> None:
    """Add a line to the file, which is made if there is none; its other columns stay empty."""
    one, other = sorted(pair)
    text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    names = next(csv.reader(text.splitlines()[:1], skipinitialspace=True), None)
    line = io.StringIO()
    row = dict(zip((*_COLUMNS, "reason"), (one, other, reason), strict=True))
    told = csv.DictWriter(line, names or list(row), extrasaction="ignore", lineterminator="\n")
    if names is None:
        told.writeheader()
    told.writerow(row)
    gap = "\n" if text and not text.endswith("\n") else ""
    with path.open("a", encoding="utf-8") as file:
        file.write(gap + line.getvalue())
