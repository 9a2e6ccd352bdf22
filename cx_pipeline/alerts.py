"""A failed or late night is told to a webhook, once; the message holds no row and no value."""

import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from cx_pipeline.privacy.safe_text import safe_text
from cx_pipeline.settings import Settings

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class AlertFailed(Exception):
    """The webhook did not take the message; it is tried again at the next look."""


def alert_once(settings: Settings, key: str, text: str) -> bool:
    """POST `{"text": text}` to the webhook unless this `key` was told before.

    Returns whether it was sent. Raises AlertFailed; then the key stays untold.
    """
    url = settings.alert.webhook
    told = settings.state / "alerts" / key
    if not url or told.exists():
        return False
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise AlertFailed("[alert] webhook in cx.toml must be https")
    request = urllib.request.Request(
        url,
        data=json.dumps({"text": safe_text(text)}).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=10):
            pass
    except (urllib.error.URLError, TimeoutError) as failed:
        raise AlertFailed(f"the webhook of [alert] did not answer: {failed}") from failed
    told.parent.mkdir(parents=True, exist_ok=True)
    told.touch()
    return True
