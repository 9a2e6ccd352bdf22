"""What personal data looks like in text: patterns, and the checksums that tell it from numbers.

The same detectors redact free text at the door and search what is about to be published, where a
false alarm stops the night: so ids, tokens, timestamps, dates, decimals and order numbers must
never match. Where a shape alone is not enough a checksum, a grouping or a word beside it decides.
What is known to be missed is listed, with its reason, in tests/pii_cases.py.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator

from cx_pipeline.privacy.disguises import clean
from cx_pipeline.privacy.national_ids import NATIONAL_IDS, NATIONAL_PROOFS
from cx_pipeline.privacy.phones import PHONE, is_phone, phones
from cx_pipeline.privacy.prefilter import PREFILTER_SQL, is_in_words, suspect, tells_code
from cx_pipeline.privacy.shapes import LEFT, PARTING, RIGHT

__all__ = ["PATTERNS", "PREFILTER_SQL", "PROOFS", "clean", "find_personal", "spans", "suspect"]

_SIGN = r"0-9A-Za-z_\u00c0-\u1fff"  # of an address; Chinese stands beside one without a space
_AT = r"(?:@{1,2}| ?[(\[{<] ?(?:@|(?i:at|arroba)) ?[)\]}>] ?)"
_DOT = r"(?:[.\u3002]| ?[(\[{<] ?(?:\.|(?i:dot|ponto|punkt|punto)) ?[)\]}>] ?)"
_TOP = r"(?:[A-Za-z]{2,24}|[^\W\d_A-Za-z]{2,10})"
_SPELLED = r"[\w-]+(?: [\w-](?!\w))*"
_SAID = (
    r"(?:\b(?:e-?mails?|mail|endere[cç]o|address|write|reach|contact)"
    r"(?: (?:is|me|us|to|at|on|é))?[: ]{1,2})"
)

_HOUSE = re.compile(
    r"(?i)(?: at | arroba |@) ?(?:gmail|googlemail|hotmail|outlook|yahoo|icloud|gmx|proton(?:mail)?"
    r"|web|qq|163|126|uol|bol|aol|mail)\b"
)
_GIVEN_OUT = re.compile(r"(?i)[23][0-9a-f]{3}:|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:")

# Characters of an IBAN by country (ISO 13616, SWIFT's registry).
_IBAN_LENGTHS = {
    15: "NO", 16: "BE", 18: "DK|FO|FI|GL|NL", 19: "MK|SI", 20: "AT|BA|EE|XK|LT|LU|KZ",
    21: "CR|HR|LV|LI|CH", 22: "BH|BG|GE|DE|IE|ME|RS|GB|VA", 23: "GI|IQ|IL|TL|AE",
    24: "AD|CZ|MD|PK|RO|SA|SK|ES|SE|TN|VG", 25: "PT|ST", 26: "IS|TR", 27: "FR|GR|IT|MC|MR|SM",
    28: "AL|AZ|CY|DO|GT|HU|LB|PL|BY|SV", 29: "BR|EG|PS|QA|UA", 30: "JO|KW|MU", 31: "MT|SC",
}  # fmt: skip
_IBAN = "|".join(
    f"(?:{countries})[0-9]{{2}}(?:[ -]?[A-Z0-9]){{{length - 4}}}"
    for length, countries in _IBAN_LENGTHS.items()
)
_CARD_WORD = (
    r"(?:(?i:\b(?:cards?|visa|mastercard|maestro|amex|cc|cart[aã]o|kreditkarte|tarjeta)"
    r"(?:\W{1,3}(?:no|nr|number|is|n[º°]|é|ist)\b[º°]?){0,2}\W{1,3})"
    r"|(?:卡号|信用卡|银行卡)号?[是为]?\W{0,2})"
)

PATTERNS: dict[str, re.Pattern[str]] = {
    "email": re.compile(
        # as written, or with its signs in brackets: anna(at)mail[dot]com
        rf"(?:(?<![{_SIGN}.%+'-])[{_SIGN}.%+'-]{{1,64}}|[\u2e80-\u9fff]{{1,16}}){_AT}"
        r"(?:(?<=@)\r?\n)?"  # broken at its sign
        rf"[\w-]{{1,63}}(?:(?:{_DOT}[\w-]{{1,63}}){{0,5}}{_DOT}{_TOP}| \. ?(?:com|net|org)\b)"
        # each letter apart: a n n a @ x . com
        rf"|(?<!\w)\w(?: [\w.+-](?!\w)){{2,40}} ?@ ?{_SPELLED}(?: ?\. ?{_SPELLED}){{1,3}}"
        # in words, at a house of mail or after a word that says so: anna at gmail dot com
        rf"|(?i:{_SAID}?(?<![{_SIGN}.%+'-])[{_SIGN}.+-]{{1,64}}"
        r"(?:(?: at | arroba )[a-z0-9-]{1,63}(?: (?-i:dot|DOT|ponto) [a-z]{2,24}\b){1,3}"
        r"| ?@ [a-z0-9-]{1,63}(?: ?\. ?[a-z]{2,24}\b){1,3}"
        r"| @[a-z0-9-]{1,63}(?:\.[a-z]{2,24}){1,3}))"
    ),
    "iban": re.compile(
        LEFT + f"(?:{_IBAN})" + RIGHT
        + rf"|(?i:\biban\W{{1,3}}(?:(?:is|no|nr)\W{{1,2}})?(?:{_IBAN}))" + RIGHT
    ),
    "card": re.compile(
        r"(?=[1-6])" + LEFT
        + r"(?:[2-6][0-9]{3}(?:[0-9]{10,15}|(?:[ .-][0-9]{4}){3}(?:[ .-][0-9]{3})?"
        r"|[ .-][0-9]{6}[ .-][0-9]{4,5})|(?:2131|1800)[0-9]{11})" + RIGHT
        + r"|(?=[^\W\d_])" + _CARD_WORD + r"[0-9](?:[ .-]?[0-9]){11,18}" + RIGHT
    ),
    "cvv": re.compile(
        r"(?:(?i:(?<![0-9A-Za-z_])(?:cv[vcn]2?|security code|c[oó]digo de seguran[cç]a"
        r"|sicherheitscode|kartenpr[üu]f(?:nummer|ziffer))"
        r"(?:\W{1,3}(?:no|nr|code|number|was|is|é|ist|war)\b){0,2}\W{0,3})"
        r"|(?:安全码|校验码)[是为]?\W{0,3})[0-9](?: ?[0-9]){2,3}" + RIGHT
    ),
    **NATIONAL_IDS,
    "ip": re.compile(
        r"(?<![0-9A-Za-z_.+-])(?<![0-9A-Za-z]/)(?<!version )(?<!Version )"
        r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}" + RIGHT
        + r"|(?<![0-9A-Za-z_:.])(?:[0-9A-Fa-f]{1,4}:){1,7}(?::?[0-9A-Fa-f]{1,4}){1,7}"
        r"(?![0-9A-Za-z_:])"
    ),
    "mac": re.compile(
        r"(?<![0-9A-Za-z_:.-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}"
        r"(?![0-9A-Za-z_:-])"
    ),
    "phone": PHONE,
}  # fmt: skip

_NUMBER = re.compile(r"[(+]?[0-9]")
# Digits as 0 and capitals as A: the shape of a text, in which a kind's own shape is found fast.
_SHAPE = bytes.maketrans(b"123456789BCDEFGHIJKLMNOPQRSTUVWXYZ", b"0" * 9 + b"A" * 25)
_BYTES = "latin-1"  # a sign a byte: `in` of bytes takes ten times as long as `in` of such a text
_PARTS_NUMBERS = PARTING.replace("\\", "").encode() + "\u2011\u2012\u2013\u2014".encode()
_BRACKETED_AT = re.compile(r"[(\[{<] ?(?:@|(?i:at|arroba)) ?[)\]}>]")
# What a kind cannot be without: most texts with a number need but one or two of the patterns.
# First its digits in a row once what parts numbers is taken out.
_LEAST_DIGITS = {
    "iban": 2, "card": 12, "cvv": 3, "cn_id": 17, "cnpj": 2, "cpf": 11, "ssn": 9, "nino": 6,
    "nhs": 10, "steuer_id": 11, "phone": 7,
}  # fmt: skip
# Of the text, in small letters, its shape, and its shape without what parts numbers.
_NEEDS: dict[str, Callable[[str, str, str, str], bool]] = {
    "email": lambda text, _, __, ___: (
        "@" in text or is_in_words(text) or _BRACKETED_AT.search(text) is not None
    ),
    "iban": lambda _, lower, __, joined: (
        "iban" in lower or ("AA00" in joined and "0" * 15 in joined.replace("A", "0"))
    ),
    "cvv": lambda _, lower, __, ___: tells_code(lower),
    "cnpj": lambda text, lower, _, __: "/" in text or "cnpj" in lower,
    "cpf": lambda _, lower, shape, __: (
        "000.000.000" in shape
        or "000 000 000" in shape
        or "000000000-00" in shape
        or "cpf" in lower
        or "c.p" in lower
        or "p.f" in lower
    ),
    "ssn": lambda _, lower, shape, __: (
        "000-00-0000" in shape or "000 00 0000" in shape or "ssn" in lower or " secur" in lower
    ),
    "nino": lambda _, lower, __, joined: (
        "AA000000A" in joined or "nino" in lower or "national" in lower
    ),
    "nhs": lambda _, lower, __, ___: "nhs" in lower,
    "steuer_id": lambda _, lower, __, ___: "id" in lower or "tin" in lower,
    "ip": lambda text, _, shape, __: shape.count("0.0") > 1 or text.count(":") > 1,
    "mac": lambda text, _, __, ___: text.count(":") > 4 or text.count("-") > 4,
}
_ALL_DIGITS = {"card", "cvv", "cn_id", "cpf", "ssn", "nhs", "steuer_id", "phone"}


def find_personal(text: str) -> list[str]:
    """Kinds of personal data that stand in the text, in the order of PATTERNS."""
    cleaned = suspect(text)
    return [] if cleaned is None else list(dict.fromkeys(kind for kind, _, _ in spans(cleaned)))


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end) of what is found in cleaned text; spans of two kinds may overlap."""
    lower = text.lower()
    signs = text.encode(errors="surrogatepass").translate(_SHAPE)
    shape = signs.decode(_BYTES)
    joined = signs.translate(None, _PARTS_NUMBERS).decode(_BYTES)
    for kind, pattern, digits, need, proof in _DETECTORS:
        if digits not in joined or not (need is None or need(text, lower, shape, joined)):
            continue
        for match in phones(text) if kind == "phone" else pattern.finditer(text):
            told = match.group()
            if proof is None or proof(told):
                yield kind, match.start() + _after_its_word(kind, told), match.end()


def _after_its_word(kind: str, told: str) -> int:
    """Where the number begins in what was matched with a word: "call me at" may be kept."""
    if kind in _ALL_DIGITS and told[0].isalpha() and (number := _NUMBER.search(told)):
        return number.start()
    return 0


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
        or (length == 14 and text != digits and (3000 <= four <= 3059 or four // 100 in (36, 38)))
        or (16 <= length <= 19 and (four // 100 in (50, 56, 57, 58, 62, 67) or four == 6304))
    )
    return known and len(set(digits)) > 1 and luhn(digits)


def is_iban(text: str) -> bool:
    """Mod 97 of ISO 13616 is 1; the pattern asks for the length of its country."""
    iban = re.sub(r"(?i)^iban\W{1,3}(?:(?:is|no|nr)\W{1,2})?|[ -]", "", text).upper()
    enough = sum(map(str.isdigit, iban)) >= 6  # of any country's
    return enough and int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def is_email(text: str) -> bool:
    """Written as one, or each letter apart; in words only at a house of mail or where it is said.

    "We looked at shop dot com" names no mailbox.
    """
    if re.search(r"\S@\r?\n?\S|@[^ ]* \.|[)\]}>]|^\w(?: [\w.+-])+ ?@", text):
        return True
    return bool(re.match(rf"(?i){_SAID}\S+(?: at | arroba | ?@ ?)", text) or _HOUSE.search(text))


def is_ip(text: str) -> bool:
    """An address; a version such as 120.0.0.0 or 1.2.0.0 is none, nor a name like Fade::Add.

    With few colons only what is given out: 2000::/3, fc00::/7 and fe80::/10 (RFC 4291, RFC 4193).
    """
    if text.endswith(".0.0"):
        return False
    try:
        version = ipaddress.ip_address(text).version
    except ValueError:
        return False
    return version == 4 or text.count(":") > 3 or bool(_GIVEN_OUT.match(text))


def is_mac(text: str) -> bool:
    """Six pairs of hex digits, of which one is a letter: else it may be a time or a date."""
    return any(sign.isalpha() for sign in text) and any(sign.isdigit() for sign in text)


PROOFS: dict[str, Callable[[str], bool]] = {
    "email": is_email,
    "iban": is_iban,
    "card": is_card,
    **NATIONAL_PROOFS,
    "ip": is_ip,
    "mac": is_mac,
    "phone": is_phone,
}
_DETECTORS = [
    (kind, pattern, "0" * _LEAST_DIGITS.get(kind, 0), _NEEDS.get(kind), PROOFS.get(kind))
    for kind, pattern in PATTERNS.items()
]
