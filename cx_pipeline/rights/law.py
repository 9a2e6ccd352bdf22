"""What the law asks of every request: an answer by a day, from somebody who proved who they are."""

from cx_pipeline.privacy.redaction import redact
from cx_pipeline.rights.person import RightRefused

# Days by law, from the day of receipt. GDPR, article 12(3): one month, of which the shortest has 28
# days, and two months more where a request is complex (59 days at the least), told to the person
# within the first. CCPA: 45 days (Civil Code 1798.130(a)(2)), which is later; for an opt-out of
# sale 15 business days (11 CCR 7026(f)), counted as 15 days, and no extension.
DAYS = {
    "access": 28,
    "export": 28,
    "rectify": 28,
    "restrict": 28,
    "object": 28,
    "erase": 28,
    "opt-out-of-sale": 15,
}
EXTENSION = {right: 59 for right in DAYS if right != "opt-out-of-sale"}


def verification(told: str) -> str:
    """How the requester proved who they are. Raises RightRefused where nothing is said."""
    said = one_line(told)
    if not said:
        raise RightRefused(
            "--verified-by is empty: nothing was done; say how the requester proved who they are"
        )
    return said


def one_line(told: str) -> str:
    """One printable line without the e-mails, phones and numbers that stand in it."""
    line = "".join(sign for sign in " ".join(told.split()) if sign.isprintable())
    return (redact([line])[0] or "").strip()
