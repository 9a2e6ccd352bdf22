"""Canaries: personal values in the spellings people use, planted into every field of every source.

Each canary is unique, so that whatever is found says which kind was missed, and where.
"""

import base64
import csv
import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cx_pipeline.columns import Column
from cx_pipeline.contracts import Contract

_WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in map(chr, range(0x21, 0x7F))}
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def mail(n: int) -> str:
    return f"zanna{n:05}@kanary.example"


def name(n: int) -> str:
    """A full name that no record holds."""
    letters = "".join(chr(ord("a") + int(digit)) for digit in f"{n:05}")
    return f"Quol{letters} Zimb{letters}"


def _mobile(n: int) -> str:
    return f"+49 170 55{n // 1000:02} {n % 1000:03}"


def _card(n: int) -> str:
    body = f"4111{n:011}"
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in body[::-2])
    return body + str(-(doubled + sum(map(int, body[-2::-2]))) % 10)


def _iban(n: int) -> str:
    account = f"37040044{n:010}"
    return f"DE{98 - int(f'{account}131400') % 97:02}{account}"


def _cpf(n: int) -> str:
    digits = [int(digit) for digit in f"529{n:06}"]
    for _ in range(2):
        weighed = sum(d * w for d, w in zip(reversed(digits), range(2, 12), strict=False))
        digits.append(0 if weighed % 11 < 2 else 11 - weighed % 11)
    told = "".join(map(str, digits))
    return f"{told[:3]}.{told[3:6]}.{told[6:9]}-{told[9:]}"


def _spaced(text: str) -> str:
    return " ".join(text)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _in_words(number: str) -> str:
    return " ".join(_WORDS[int(digit)] for digit in _digits(number))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# What stands in the field, by the number of the canary.
KINDS: dict[str, Callable[[int], str]] = {
    "e-mail": lambda n: f"write to {mail(n)}",
    "e-mail, capitals": lambda n: mail(n).upper(),
    "e-mail, full-width": lambda n: mail(n).translate(_WIDE),
    "e-mail, zero-width": lambda n: mail(n).replace("@", "\u200b@\u200b"),
    "e-mail, spaced out": lambda n: _spaced(mail(n)),
    "e-mail, [at] [dot]": lambda n: mail(n).replace("@", " [at] ").replace(".", " [dot] "),
    "e-mail, HTML entity": lambda n: mail(n).replace("@", "&#64;"),
    "e-mail, quoted-printable": lambda n: mail(n).replace("@", "=40"),
    "e-mail, over a line break": lambda n: mail(n).replace("@", "@\n"),
    "e-mail, percent-encoded in a URL": lambda n: (
        f"https://shop.example/p?login={mail(n).replace('@', '%40')}"
    ),
    "e-mail, base64 in a URL": lambda n: f"https://shop.example/p?d={_encoded(mail(n))}",
    "e-mail, in a path": lambda n: f"https://shop.example/u/{mail(n)}/orders",
    "e-mail, in a fragment": lambda n: f"https://shop.example/p#{mail(n)}",
    "e-mail, in JSON": lambda n: json.dumps({"login": mail(n)}),
    "phone, with country": _mobile,
    "phone, without country": lambda n: f"01705{n:06}",
    "phone, without country, a word before": lambda n: f"my phone: 01705{n:06}",
    "phone, full-width": lambda n: _mobile(n).translate(_WIDE),
    "phone, in words": lambda n: _in_words(_mobile(n)),
    "card": _card,
    "IBAN": _iban,
    "CPF": _cpf,
    "SSN": lambda n: f"5{n // 10000:02}-{n // 100 % 100 + 1:02}-{n % 100 + 1000:04}",
    "IP": lambda n: f"seen at 10.77.{100 + n // 150}.{100 + n % 150}",
    "MAC": lambda n: f"aa:bb:cc:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}",
    "name": lambda n: f"{name(n)} called",
}
OVER_TWO_COLUMNS = "e-mail, over two columns"
IN_A_NUMBER, IN_A_TIME, IN_A_KEY = "in a number", "in a date or time", "in an undeclared key"
OUTSIDE, HEADER, FILE_NAME = "outside the contract", "in a header", "in a file name"


def _forms(n: int, text: str) -> Iterator[str]:
    """What would show the canary, each on one line: itself, and its part that nobody else has."""
    if "\n" not in text:
        yield text
    for whole, part in ((mail(n), mail(n).partition("@")[0]), (name(n), name(n).split()[1])):
        spellings = (part, part.upper(), part.casefold(), part.translate(_WIDE), _spaced(part))
        if whole in text or any(spelling in text for spelling in spellings):
            yield from spellings
    if _encoded(mail(n)) in text:
        yield from (mail(n), _encoded(mail(n)))
    for number in (_mobile(n), _card(n), _iban(n), _cpf(n), f"01705{n:06}"):
        if number in text or number.translate(_WIDE) in text:
            yield from (number, _digits(number))
    yield from re.findall(r"10\.77\.\d+\.\d+", text)


@dataclass
class Canaries:
    """What was planted: by needle (what a search looks for) the canary; by canary kind and place."""

    needles: dict[str, int] = field(default_factory=dict)
    planted: dict[int, tuple[str, str]] = field(default_factory=dict)

    def plant(self, kind: str, place: str, spelled: Callable[[int], str]) -> str:
        """A new canary's text; it is searched in each of its spellings."""
        n = len(self.planted) + 1
        self.planted[n] = (kind, place)
        text = spelled(n)
        for form in _forms(n, text):
            self.needles[form] = self.needles[json.dumps(form)[1:-1]] = n
        return text

    def shares(self, found: set[int]) -> dict[str, tuple[int, int]]:
        """(found, planted) by kind."""
        told: dict[str, tuple[int, int]] = {}
        for n, (kind, _) in self.planted.items():
            hits, all_ = told.get(kind, (0, 0))
            told[kind] = (hits + (n in found), all_ + 1)
        return told


def rows(contract: Contract, base: dict[str, Any], canaries: Canaries) -> Iterator[dict[str, Any]]:
    """Copies of a good row: each kind in every text field, and two kinds in every other field."""
    keys = set(contract.extract.key)
    texts = [c for c in contract.columns if c.data_type in ("varchar", "json")]
    planted = [c for c in texts if c.pii or c.name not in keys]
    copy = 0

    def fresh() -> dict[str, Any]:
        nonlocal copy
        copy += 1
        row: dict[str, Any] = json.loads(json.dumps(base))
        for column in texts:
            if column.name in keys:
                put(row, column, f"planted-{contract.table}-{copy}")
        return row

    for kind, spelled in KINDS.items():
        row = fresh()
        for column in planted:
            put(row, column, canaries.plant(kind, f"{contract.name}.{column.name}", spelled))
        yield row
    for first, second in zip(planted[::2], planted[1::2], strict=False):
        row = fresh()
        local, _, domain = canaries.plant(
            OVER_TWO_COLUMNS, f"{contract.name}.{first.name}", mail
        ).partition("@")
        put(row, first, local)
        put(row, second, f"@{domain}")
        yield row
    for column in contract.columns:
        if column not in texts and column.data_type != "boolean":
            kind = IN_A_TIME if column.is_time else IN_A_NUMBER
            for spelled in (mail, name):
                row = fresh()
                put(row, column, canaries.plant(kind, f"{contract.name}.{column.name}", spelled))
                yield row


def put(row: dict[str, Any], column: Column, value: str) -> None:
    """Write the value where the vendor has it: a header, a path, or a list of keys and values."""
    told = column.vendor_name
    if found := re.fullmatch(r"(\w+)\[(\w+)\]", told):
        pairs = row.setdefault(found[1], [])
        pairs[:] = [pair for pair in pairs if pair["key"] != found[2]]
        pairs.append({"key": found[2], "value": {"string_value": value}})
        return
    *outer, last = told.split(".") if column.path else [told]
    for part in outer:
        if not isinstance(row.get(part), dict):
            row[part] = {}
        row = row[part]
    row[last] = value


def read_first(contract: Contract, path: Path) -> dict[str, Any]:
    """The first row of an extract, by header or member."""
    if contract.extract.format == "ndjson":
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            told: dict[str, Any] = json.loads(lines.readline())
            return told
    with path.open(newline="") as file:
        return list(csv.DictReader(file))[contract.extract.header_rows - 1]


def write(contract: Contract, path: Path, found: list[dict[str, Any]]) -> None:
    """The rows as a file that the contract reads."""
    if contract.extract.format == "ndjson":
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
        path.write_bytes(gzip.compress(text.encode()))
        return
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in found for key in row)))
        for _ in range(contract.extract.header_rows):
            writer.writeheader()
        writer.writerows(found)
