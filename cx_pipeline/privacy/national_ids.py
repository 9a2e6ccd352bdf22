"""Numbers that states give to persons and firms: their shapes, and the checks their laws define.

A shape that any number may have counts only where a word beside it says what it is.
"""

import re
from collections.abc import Callable
from datetime import date
from operator import mul

from cx_pipeline.privacy.shapes import LEFT, RIGHT

_IS = r"\W{1,3}(?:(?:no|nr|number|n[ºo°]|is|ist|é|号码?|是)\W{1,3}){0,2}"
_GAP = r"[ .\-]?"

NATIONAL_IDS: dict[str, re.Pattern[str]] = {
    "cn_id": re.compile(LEFT + r"[1-8](?:[ -]?[0-9]){16}[ -]?[0-9Xx]" + RIGHT),
    "cnpj": re.compile(
        LEFT + r"[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/[0-9A-Z]{4}-?[0-9]{2}" + RIGHT
        + r"|(?i:cnpj)" + _IS + r"(?:[0-9A-Z]" + _GAP + r"){12}[0-9]{2}" + RIGHT
    ),
    "cpf": re.compile(
        r"(?=[0-9])" + LEFT
        + r"(?:[0-9]{3}([. ])[0-9]{3}\1[0-9]{3}[ -]|[0-9]{9}-)[0-9]{2}" + RIGHT
        + r"|(?=[cC])(?i:\bc\.?p\.?f\b)" + _IS + r"(?:[0-9]" + _GAP + r"){10}[0-9]" + RIGHT
    ),
    "ssn": re.compile(
        r"(?=[0-9])" + LEFT
        + r"(?<![0-9] )(?!000|666|9)[0-9]{3}([ -])(?!00)[0-9]{2}\1(?!0000)[0-9]{4}"
        r"(?! [0-9])" + RIGHT
        + r"|(?=[sS])(?i:\b(?:ssn|social security))" + _IS
        + r"(?!000|666|9)[0-9]{3}[ .\-]?(?!00)[0-9]{2}[ .\-]?(?!0000)[0-9]{4}" + RIGHT
    ),
    "nino": re.compile(
        LEFT + r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
        r"(?:[ -]?[0-9]{2}){3}[ -]?[A-D]" + RIGHT
        + r"|(?i:\b(?:nino|national insurance)" + _IS
        + r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?[0-9]{2}){3} ?[A-D])" + RIGHT
    ),
    "nhs": re.compile(r"(?i:\bnhs)" + _IS + r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}" + RIGHT),
    "steuer_id": re.compile(
        r"(?i:\b(?:steuer-?id(?:entifikationsnummer)?|steuerliche identifikationsnummer"
        r"|id-?nr|tax[ -]?id|tin)\b)\.?" + _IS + r"[1-9](?:[ /]?[0-9]){10}" + RIGHT
    ),
}  # fmt: skip

_WEIGHTS = [pow(2, 17 - place, 11) for place in range(17)]  # ISO 7064, MOD 11-2
# Provinces: GB/T 2260. A number that begins with none of them is no resident's.
_PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _weighted(signs: str, top: int) -> bool:
    """Both check digits of a Brazilian number, whose weights run 2..top from the right.

    A letter counts as its ASCII code less 48, as digits do (Receita Federal, IN 2.229 of 2024).
    """
    values = [ord(sign) - 48 for sign in signs]
    for end in (len(signs) - 2, len(signs) - 1):
        weights = (2 + place % (top - 1) for place in range(end))
        rest = sum(v * w for v, w in zip(reversed(values[:end]), weights, strict=True)) % 11
        if values[end] != (0 if rest < 2 else 11 - rest):
            return False
    return len(set(signs)) > 1


def is_cpf(text: str) -> bool:
    return _weighted(_digits(text), 11)


def is_cnpj(text: str) -> bool:
    """With digits alone, or with letters in its first twelve places."""
    signs = re.sub(r"[^0-9A-Z]", "", re.sub(r"(?i)^cnpj" + _IS, "", text))
    enough = "/" in text or sum(map(str.isdigit, signs)) >= 6  # a first branch is 0001
    return len(signs) == 14 and enough and _weighted(signs, 9)


def is_cn_id(text: str) -> bool:
    """Resident identity number (GB 11643): province, real birthday, check sign of ISO 7064."""
    number = re.sub(r"[ -]", "", text)
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    if not _PROVINCE.match(number) or not 1900 <= born.year <= date.today().year:
        return False
    total = sum(map(mul, map(int, number[:17]), _WEIGHTS))
    return "10X98765432"[total % 11] == number[17].upper()


def is_nhs(text: str) -> bool:
    """Ten digits, weights 10..2, mod 11 (NHS Data Dictionary, NHS NUMBER)."""
    number = _digits(text)
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9]))
    return (11 - total % 11) % 11 == int(number[9]) and len(set(number)) > 1


def is_steuer_id(text: str) -> bool:
    """German tax id (section 139b AO): one digit of the first ten twice or thrice; ISO 7064."""
    number = _digits(text)
    often = sorted(number[:10].count(digit) for digit in set(number[:10]))
    if often[-1] not in (2, 3) or often[-2:-1] != [1]:
        return False
    product = 10
    for digit in number[:10]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[10])


NATIONAL_PROOFS: dict[str, Callable[[str], bool]] = {
    "cn_id": is_cn_id,
    "cnpj": is_cnpj,
    "cpf": is_cpf,
    "nhs": is_nhs,
    "steuer_id": is_steuer_id,
}
