"""What personal data looks like in text: patterns, and the checksums that tell it from numbers.

The same detectors redact free text at the door and search what is about to be published, where a
false alarm stops the night: so ids, tokens, timestamps, dates, decimals and order numbers must
never match. Where a shape alone is not enough a checksum, a grouping or a word beside it decides.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date

_LEFT = r"(?<![0-9A-Za-z_.+-])"
_RIGHT = r"(?![0-9A-Za-z_]|[.,-][0-9])"
_SEP = r"[ \u00a0().\-/]{1,3}"
_NO_DATE = r"(?![0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{2,4}(?![0-9]))"
_EXTENSION = r"(?: ?(?:x|ext\.?) ?[0-9]{1,6})?"
_PHONE_WORD = (
    r"(?i:\b(?:tel|phone|telephone|mobile|cell|fax|whatsapp|telefone?|fone|celular|handy|mobil|"
    r"(?:call|ring|text|reach|phone) (?:me|us|him|her|them)(?: back)?(?: at| on| under)?)"
    r"(?: (?:no|nr|number|is|at))?[.:]{0,2} ?(?:is )?)"
)

PATTERNS: dict[str, re.Pattern[str]] = {
    "email": re.compile(
        r"(?<![\w.%+'-])[\w.%+'-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.[^\W\d_]{2,24}"
    ),
    "iban": re.compile(
        _LEFT + r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?" + _RIGHT
    ),
    "card": re.compile(
        _LEFT + r"(?:[2-6][0-9]{3}(?:[0-9]{10,15}|(?:[ -][0-9]{4}){3}|[ -][0-9]{6}[ -][0-9]{4,5})"
        r"|(?:2131|1800)[0-9]{11})" + _RIGHT
        + r"|(?i:\b(?:cards?|visa|mastercard|maestro|amex|cc)(?: (?:no|nr|number|is))?[#.: ]{1,3})"
        r"[0-9](?:[ -]?[0-9]){11,18}" + _RIGHT
    ),
    "cn_id": re.compile(
        _LEFT + r"[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])"
        r"[0-9]{3}[0-9Xx]" + _RIGHT
    ),
    "cnpj": re.compile(_LEFT + r"[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}" + _RIGHT),
    "cpf": re.compile(
        _LEFT + r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}" + _RIGHT
        + r"|(?i:(?<=cpf )|(?<=cpf: )|(?<=cpf:))[0-9]{11}" + _RIGHT
    ),
    "ssn": re.compile(_LEFT + r"(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}" + _RIGHT),
    "nino": re.compile(
        _LEFT + r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
        r"(?: ?[0-9]{2}){3} ?[A-D]" + _RIGHT
    ),
    "ip": re.compile(
        r"(?<![0-9A-Za-z_.+-])(?<![0-9A-Za-z]/)[0-9]{1,3}(?:\.[0-9]{1,3}){3}" + _RIGHT
        + r"|(?<![0-9A-Za-z_:.])(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,6}"
        r"(?![0-9A-Za-z_:])"
    ),
    "phone": re.compile(
        # with its country: +49 170 1234567, +1 (555) 010-9999
        r"(?<![0-9A-Za-z_.])\+[1-9](?:[ \u00a0().\-/]{0,3}[0-9]){7,14}" + _EXTENSION + _RIGHT
        + "|" + _LEFT + _NO_DATE + r"(?:"
        # North America: (555) 010-9999, 1-555-010-9999
        r"(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[0-9]{3}[ .-][0-9]{4}"
        # with a trunk zero: 0170 1234567, 01 23 45 67 89, 020 7946 0958, (030) 1234567
        r"|\(?0[0-9]{1,4}\)?(?:" + _SEP + r"[0-9]{2,8}){1,5}"
        # Brazil: (11) 98765-4321; China: 138-1234-5678; India: 98765 43210
        r"|\([0-9]{2}\) ?9? ?[0-9]{4}[ -]?[0-9]{4}|[1-9][0-9] 9[0-9]{4}-[0-9]{4}"
        r"|1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}|[6-9][0-9]{4} [0-9]{5}"
        r")" + _EXTENSION + _RIGHT
        # after a word that says so, however it is written
        + "|" + _PHONE_WORD + r"\(?[0-9](?:[ ().\-/]{0,3}[0-9]){6,14}" + _EXTENSION + _RIGHT
    ),
}  # fmt: skip

# RE2 and Python read it alike: a text without a match holds nothing that PATTERNS finds.
PREFILTER_SQL = (
    r"@|%40"
    r"|(?:^|[^0-9A-Za-z_.])[0-9](?:[\x{00a0} ()./-]{0,3}[0-9]){6}"
    r"|\b[A-Z]{2} ?[0-9]{2}"
    r"|\b[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"
    r"|[0-9A-Fa-f]{1,4}::?[0-9A-Fa-f]{1,4}::?[0-9A-Fa-f]{1,4}:?"
)
_PREFILTER = re.compile(PREFILTER_SQL.replace(r"\x{00a0}", "\u00a0"))
_SUSPECT = re.compile(r"[\d@\uff20]")  # any script's digits: before NFKC, which costs more
# The commonest values with digits that are nothing: ids, tokens, timestamps, plain numbers.
_PLAIN = re.compile(
    r"(?:v[0-9]{1,3}_)?[0-9a-f]{32}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]{5,15}(?:Z|[+-][0-9:]{2,5})?)?"
    r"|-?[0-9]{1,9}(?:\.[0-9]{1,9})?"
)

_IBAN_LENGTHS = re.compile(
    r"(?:(?:NO)15|(?:BE)16|(?:DK|FO|FI|GL|NL)18|(?:MK|SI)19|(?:AT|BA|EE|XK|LT|LU|KZ)20"
    r"|(?:CR|HR|LV|LI|CH)21|(?:BH|BG|GE|DE|IE|ME|RS|GB|VA)22|(?:GI|IQ|IL|TL|AE)23"
    r"|(?:AD|CZ|MD|PK|RO|SA|SK|ES|SE|TN|VG)24|(?:PT|ST)25|(?:IS|TR)26"
    r"|(?:FR|GR|IT|MC|MR|SM)27|(?:AL|AZ|CY|DO|GT|HU|LB|PL|BY|SV)28"
    r"|(?:BR|EG|PS|QA|UA)29|(?:JO|KW|MU)30|(?:MT|SC)31)"
)


def clean(text: str) -> str:
    """NFKC, so that full-width digits and letters are seen as what they are."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def suspect(text: str) -> str | None:
    """The cleaned text if it could hold anything that PATTERNS finds; cheap, never wrongly None."""
    if len(text) < 6 or not _SUSPECT.search(text) or _PLAIN.fullmatch(text):
        return None
    text = clean(text)
    return text if _PREFILTER.search(text) else None


def find_personal(text: str) -> list[str]:
    """Kinds of personal data that stand in the text, in the order of PATTERNS."""
    cleaned = suspect(text)
    return [] if cleaned is None else list(dict.fromkeys(kind for kind, _, _ in spans(cleaned)))


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end) of what is found in cleaned text; spans of two kinds may overlap."""
    for kind, pattern in PATTERNS.items():
        proof = PROOFS.get(kind)
        for match in pattern.finditer(text):
            if proof is None or proof(match.group()):
                yield kind, match.start(), match.end()


def luhn(digits: str) -> bool:
    """The check digit of payment cards."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    total = sum(int(digit) for digit in digits[-1::-2])
    return (total + sum(value - 9 if value > 9 else value for value in doubled)) % 10 == 0


def is_card(text: str) -> bool:
    """A number of an issuer's range and length whose check digit is right."""
    digits = re.sub(r"[^0-9]", "", text)
    four, length = int(digits[:4]), len(digits)
    if text[0].isalpha():  # a word before it says so: older and rarer ranges too
        return luhn(digits)
    known = (
        (length == 16 and (5100 <= four <= 5599 or 2221 <= four <= 2720))
        or (length in (16, 19) and four // 1000 == 4)
        or (length == 15 and four in (1800, 2131))
        or (length == 16 and (four == 6011 or 6440 <= four <= 6599 or 3528 <= four <= 3589))
        or (length == 15 and four // 100 in (34, 37))
        or (length == 14 and (3000 <= four <= 3059 or four // 100 in (36, 38)))
        or (16 <= length <= 19 and (four // 100 in (50, 56, 57, 58, 62, 67) or four == 6304))
    )
    return known and len(set(digits)) > 1 and luhn(digits)


def is_iban(text: str) -> bool:
    """Right length for its country, and mod 97 of ISO 13616 is 1."""
    iban = text.replace(" ", "")
    if not _IBAN_LENGTHS.fullmatch(f"{iban[:2]}{len(iban)}"):
        return False
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def _weighted(digits: str, top: int) -> bool:
    """Both check digits of a Brazilian number, whose weights run 2..top from the right."""
    for end in (len(digits) - 2, len(digits) - 1):
        weights = (2 + place % (top - 1) for place in range(end))
        rest = sum(int(d) * w for d, w in zip(reversed(digits[:end]), weights, strict=True)) % 11
        if int(digits[end]) != (0 if rest < 2 else 11 - rest):
            return False
    return len(set(digits)) > 1


def is_cpf(text: str) -> bool:
    return _weighted(re.sub(r"[^0-9]", "", text), 11)


def is_cnpj(text: str) -> bool:
    return _weighted(re.sub(r"[^0-9]", "", text), 9)


def is_cn_id(text: str) -> bool:
    """Chinese resident identity number: a real birthday, and the check sign of ISO 7064."""
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(text[:17]))
    return "10X98765432"[total % 11] == text[17].upper()


def is_ip(text: str) -> bool:
    """An address; a version such as 120.0.0.0 or 1.2.0.0 is none."""
    if text.endswith(".0.0"):
        return False
    try:
        return ipaddress.ip_address(text).version == 4 or text.count(":") > 3 or "::" in text
    except ValueError:
        return False


def is_phone(text: str) -> bool:
    """Enough digits, and not all the same; fewer will do after a word that says so."""
    number = text if text[0].isalpha() else re.split("[xe]", text)[0]  # without its extension
    digits = re.sub(r"[^0-9]", "", number)
    least = 7 if text[:1].isalpha() else 9 if text.lstrip("(").startswith("0") else 8
    return least <= len(digits) <= 15 and len(set(digits)) > 2


PROOFS: dict[str, Callable[[str], bool]] = {
    "iban": is_iban,
    "card": is_card,
    "cn_id": is_cn_id,
    "cnpj": is_cnpj,
    "cpf": is_cpf,
    "ip": is_ip,
    "phone": is_phone,
}
