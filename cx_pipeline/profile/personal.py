"""Which columns are personal, by their names and by what stands in them; and which may be."""

import re
from collections import Counter
from dataclasses import dataclass

from cx_pipeline.privacy.detectors import find_personal
from cx_pipeline.profile.types import ID_NAME, Typed, Values

_SOME = 2_000
_MOST, _FEW = 0.5, 0.02
_ACTIONS = {
    "email": "token", "phone": "token", "name": "token", "account": "token", "device": "token",
    "national_id": "token", "card": "token", "address": "generalise", "ip": "generalise",
    "birth_date": "generalise", "text": "redact", "url": "redact",
}  # fmt: skip
# What the detectors call it, as a contract does.
_KINDS = {
    "email": "email", "phone": "phone", "ip": "ip", "mac": "device", "card": "card",
    "iban": "account",
}  # fmt: skip
_W, _E = r"(?:^|[^a-z])", r"(?:$|[^a-z])"
_NAMES = [
    (kind, re.compile(rf"(?i){_W}(?:{words}){_E}"))
    for kind, words in (
        ("email", "e-?mails?|mail|email_?address|correo"),
        ("phone", "phone|phones|mobile|cell|tel|telephone|telefone?|fax|msisdn|whatsapp|ani"),
        ("birth_date", "birth|birthday|birthdate|date_of_birth|dob|nascimento|geburtsdatum"),
        ("national_id", "ssn|cpf|cnpj|nino|nhs|tax_?id|passport|national_?id|steuer_?id|iban"),
        ("card", "card_?number|cardnumber|pan|credit_?card"),
        ("ip", "ip|ip_?address|remote_?addr"),
        (
            "address",
            "address|street|zip|zip_?code|postal|postal_?code|post_?code|postcode|plz|cep",
        ),
        (
            "name",
            "(?:first|last|full|given|family|sur|middle|nick|customer|contact|agent|person|guest|caller"
            "|client|member|user|reviewer|author|employee|supplied|requester)_?name"
            "|surname|firstname|lastname|fullname|nome|nombre|vorname|nachname",
        ),
        (
            "device",
            "device_?id|cookie|client_?id|visitor|visitor_?id|user_?pseudo_?id|idfa|gaid"
            "|session_?cookie|fingerprint",
        ),
        (
            "account",
            "(?:customer|user|client|member|contact|account|login|person|subscriber|patient|guest"
            "|caller|agent|employee|owner|author|assignee|requester|visitor|cust|sap|reviewer|buyer"
            "|shopper|passenger|respondent|sender|recipient|follower|seller)"
            "(?:(?:_[a-z]+)?_?(?:id|no|nr|number|key|code|uid|guid))?(?:__c)?$|username$|screen_?name$|handle$"
            "|(?:opened|created|updated|changed|resolved|closed|assigned|owned|handled)_(?:by|to)$"
            "|external_?(?:data_?)?reference$",
        ),
    )
]
_WORDS_APART = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s./\[\]-]+")
_TEXT_NAME = re.compile(
    rf"(?i){_W}(?:comments?|notes?|description|message|body|text|feedback|verbatim|transcript"
    rf"|reviews?|remarks?|subject|answer|reply|title){_E}"
)
_NAME_LIKE = re.compile(r"[^\W\d_][^\W\d_'.-]*(?: [^\W\d_][^\W\d_'.-]*){0,3}")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Personal:
    """What a column holds of persons; `is_doubtful` where only a human can tell."""

    kind: str | None = None
    is_doubtful: bool = False

    def meta(self) -> dict[str, dict[str, str]]:
        """Its part of a column's `config.meta`."""
        return {"pii": {"kind": self.kind, "action": _ACTIONS[self.kind]}} if self.kind else {}


def personal(name: str, told: Typed, values: Values) -> Personal:
    """By content first, then by name; free text is redacted. What may be names is asked."""
    texts = values.texts[:_SOME]
    plain = _WORDS_APART.sub("_", name)
    by_name = next((kind for kind, words in _NAMES if words.search(plain)), None)
    if by_name and _cannot_be(by_name, name, told, values):
        by_name = None
    found = _by_content(texts) if told.data_type in ("varchar", "bigint") else None
    if found == "phone":  # as an account's number may look
        found = by_name or found
    if found or by_name:
        return Personal(found or by_name)
    if told.data_type != "varchar" or not texts:
        return Personal()
    if sum("://" in text for text in texts) > _MOST * len(texts):
        return Personal("url")
    # Where now and then something personal stands, each value is looked through.
    if _is_free_text(plain, values) or any(map(find_personal, texts)):
        return Personal("text")
    return Personal(is_doubtful=_may_be_names(values))


def as_kind(kind: str) -> Personal:
    """What an answer says of a column: a kind, or `no`."""
    return Personal(None if kind == "no" else kind)


def _by_content(texts: tuple[str, ...]) -> str | None:
    """The kind that most of its values are, wholly."""
    kinds: Counter[str] = Counter()
    for text in texts:
        if len(text) <= 80:
            kinds.update(set(find_personal(text)))
    if not kinds:
        return None
    kind, count = kinds.most_common(1)[0]
    if count < _MOST * len(texts) or sum(len(text.split()) for text in texts) > 4 * len(texts):
        return None
    return _KINDS.get(kind, "card" if kind == "cvv" else "national_id")


def _cannot_be(kind: str, name: str, told: Typed, values: Values) -> bool:
    """A name that promises a kind its values cannot be: `mail` as true and false, an amount."""
    if told.data_type == "boolean":
        return True
    if told.data_type == "double" or told.data_type.startswith("decimal"):
        return not ID_NAME.search(name)  # a cookie of two numbers and a dot is no amount
    if told.data_type in ("date", "timestamp"):
        return kind != "birth_date"
    if kind == "email":
        return not any("@" in text for text in values.texts)
    if kind == "ip":
        return not any("." in text or ":" in text for text in values.texts)
    # A channel, a type or a state: few values, each many times.
    is_few = values.total <= 20 and values.filled >= 20 * values.total
    is_id = kind in ("account", "device") and ID_NAME.search(name)
    return is_few and kind != "birth_date" and not is_id


def _is_free_text(name: str, values: Values) -> bool:
    texts = values.texts[:_SOME]
    words = sum(len(text.split()) + len(_HAN.findall(text)) / 2 for text in texts) / len(texts)
    repeats = values.filled / max(values.total, 1)
    return (words >= 4 and repeats < 5) or (words >= 2 and bool(_TEXT_NAME.search(name)))


def _may_be_names(values: Values) -> bool:
    """One to four words of letters, many of them, hardly ever the same."""
    texts = values.texts[:_SOME]
    if values.total < 10 or values.filled > 5 * values.total:
        return False
    like = sum(
        bool(_NAME_LIKE.fullmatch(text)) and (text[:1].isupper() or bool(_HAN.match(text)))
        for text in texts
    )
    return like > (1 - _FEW * 10) * len(texts)
