"""What personal data are used for, and which of these uses need the person's consent.

A mart says its purpose in `meta.purpose`. Under a purpose that needs consent it holds only persons
whose consent stands: models filter by the macro `consented`, and the gate proves it on the files.
"""

from collections.abc import Mapping
from typing import Any

NEEDING_CONSENT = ("analytics", "advertising", "email_marketing", "phone_marketing")
NEEDING_NONE = ("service_improvement", "legal_obligation")
DEFAULTS = ("granted", "refused")


def consent_defaults(told: Any) -> dict[str, str]:
    """State of who never stated anything, for every purpose that needs consent.

    `told` names some of them; the others are refused. Raises ValueError for what cannot be meant.
    """
    if not isinstance(told, Mapping):
        raise ValueError('needs a state for each purpose, such as email_marketing = "refused"')
    for purpose, state in told.items():
        if purpose not in NEEDING_CONSENT:
            purposes = ", ".join(NEEDING_CONSENT)
            raise ValueError(f"{purpose!r} is no purpose that needs consent; those are {purposes}")
        if state not in DEFAULTS:
            raise ValueError(f"{purpose} = {state!r} is neither 'granted' nor 'refused'")
    return {purpose: told.get(purpose, "refused") for purpose in NEEDING_CONSENT}
