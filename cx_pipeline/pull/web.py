"""Requests to one API: TLS always, the token for its own host alone, bounded tries."""

import base64
import json
import logging
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

import httpx

from cx_pipeline.pull.fault import PullFault, Transient
from cx_pipeline.pull.source import Source, put
from cx_pipeline.pulls import Auth
from cx_pipeline.sections import LOOPBACK

_PAGE = 256 << 20  # bytes of one JSON answer, which is held in memory
_REDIRECTS = 5
_AGAIN = {408, 425, 429}
_MOVED = {301, 302, 303, 307, 308}


class Web:
    """The API behind the url of `[pull.<source>]`. Messages show its host and the contract's paths.

    Close it with `close()`; every method raises PullFault.
    """

    def __init__(self, source: Source, auth: Auth, rate: float) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole addresses
        place = source.place
        self._source, self._auth, self._every = source, auth, 1 / rate
        self._base, self._last = place.url.rstrip("/"), 0.0
        self._host = urlsplit(place.url).hostname or ""
        self._client = httpx.Client(
            verify=_trusted(source.path(place.ca_file)),
            timeout=place.timeout,
            trust_env=self._host not in LOOPBACK,  # proxies
            headers={"Accept-Encoding": "identity", "User-Agent": "cx-pipeline"},
        )
        self._secret = source.secret()
        self._is_renewed = False

    def close(self) -> None:
        self._client.close()

    def address(self, path: str) -> str:
        """A path of the contract, below the url."""
        return self._base + path

    def on_same_host(self, told: str, now: str) -> str:
        """An address that an answer names for the next page, made whole."""
        address = urljoin(now, told)
        if _origin(address) != _origin(self._base):
            raise PullFault("the next page is named on another host; nothing was sent there")
        return address

    def json(
        self,
        label: str,
        method: str,
        address: str,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> tuple[Any, httpx.Headers]:
        """The answer's JSON and headers; `label` is how messages call the request."""

        def once() -> tuple[Any, httpx.Headers]:
            with self._answer(label, method, address, params, body) as answer:
                told = bytearray()
                for block in answer.iter_bytes():
                    self._source.patience.check()
                    told += block
                    if len(told) > _PAGE:
                        raise PullFault(f"{label} answers with more than {_PAGE >> 20} MiB a page")
                try:
                    return json.loads(told), answer.headers
                except ValueError:
                    raise Transient(f"{label} does not answer with whole JSON") from None

        return self._source.patience.keep_trying(once)

    def download(
        self, label: str, address: str, params: Mapping[str, Any], into: BinaryIO
    ) -> httpx.Headers:
        """Write the answer's body into the (empty) file, whole; returns its headers."""

        def once() -> httpx.Headers:
            into.seek(0)
            into.truncate()
            with self._answer(label, "GET", address, params, None) as answer:
                for block in answer.iter_bytes():
                    self._source.patience.check()
                    put(into, block)
                return answer.headers

        return self._source.patience.keep_trying(once)

    @contextmanager
    def _answer(
        self, label: str, method: str, address: str, params: Mapping[str, Any] | None, body: Any
    ) -> Iterator[httpx.Response]:
        """A good answer, its body not read yet; redirects of a GET are followed."""
        try:
            for _ in range(_REDIRECTS):
                self._pause()
                request = self._client.build_request(
                    method, address, params=params or None, json=body,
                    headers=self._token(address),
                    timeout=max(0.001, min(self._source.place.timeout, self._source.patience.left)),
                )  # fmt: skip
                answer = self._client.send(request, stream=True)
                try:
                    if answer.status_code not in _MOVED:
                        self._judge(label, answer, address)
                        yield answer
                        return
                    address, params = self._moved(label, method, answer), None
                finally:
                    answer.close()
            raise PullFault(f"{label} is redirected more than {_REDIRECTS} times")
        except httpx.TimeoutException:
            raise Transient(f"{label} did not answer in time") from None
        except httpx.RequestError as fault:
            if _is_certificate(fault):
                raise PullFault(
                    f"the certificate of {self._host} cannot be verified: nothing was sent; name "
                    "its authority by ca_file in cx.toml"
                ) from None
            raise Transient(f"{label} broke off ({type(fault).__name__})") from None
        except httpx.InvalidURL:
            raise PullFault(f"{label} leads to an address that cannot be read") from None

    def _judge(self, label: str, answer: httpx.Response, address: str) -> None:
        status = answer.status_code
        if 200 <= status < 300:
            return
        if status == 401 and _origin(address) == _origin(self._base):
            by_command = self._source.place.secret and self._source.place.secret.command
            if by_command and not self._is_renewed:
                self._is_renewed, self._secret = True, self._source.secret()
                raise Transient(f"{label} refuses the token (401)")
            raise PullFault(f"{label} refuses the token (401); renew what secret names in cx.toml")
        if status in _AGAIN or status >= 500:
            raise Transient(f"{label} answers with {status}", _retry_after(answer.headers))
        remedy = "check its rights" if status == 403 else "check the contract's pull and url"
        raise PullFault(f"{label} answers with {status}; {remedy}")

    def _moved(self, label: str, method: str, answer: httpx.Response) -> str:
        address = urljoin(str(answer.request.url), str(answer.headers.get("location", "")))
        parts = urlsplit(address)
        if method != "GET":
            raise PullFault(f"{label} is redirected, which only a GET may be; check url")
        if parts.scheme != "https" and not (
            parts.scheme == "http" and parts.hostname in LOOPBACK and self._host in LOOPBACK
        ):
            raise PullFault(f"{label} is redirected to plain http: nothing was sent there")
        return address

    def _token(self, address: str) -> dict[str, str]:
        """The header with the secret, for the url's own host and no other."""
        if self._auth.kind == "none" or _origin(address) != _origin(self._base):
            return {}
        if not self._secret:
            raise PullFault("the API asks for a token; name it by secret = {env = ...} in cx.toml")
        if self._auth.kind == "basic":
            told = f"{self._source.place.user}:{self._secret}".encode()
            value = f"Basic {base64.b64encode(told).decode()}"
        else:
            value = f"Bearer {self._secret}" if self._auth.kind == "bearer" else self._secret
        name = "Authorization" if self._auth.kind == "basic" else self._auth.header
        try:
            value.encode("ascii")
        except UnicodeEncodeError:
            raise PullFault("the secret is no token: it holds more than plain characters") from None
        return {name: value}

    def _pause(self) -> None:
        """Keep the contract's rate: so many requests a second."""
        self._source.patience.check()
        self._source.patience.wait(self._last + self._every - time.monotonic())
        self._last = time.monotonic()


def _trusted(ca_file: Path | None) -> ssl.SSLContext | bool:
    """Who vouches for a certificate: the named authority alone, else those everyone knows."""
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError):
        raise PullFault(f"ca_file {ca_file} cannot be read; name a PEM file") from None


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds that the server asks for, from either form of Retry-After."""
    told = str(headers.get("retry-after", "")).strip()
    if told.isdigit():
        return float(told)
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _is_certificate(fault: BaseException | None) -> bool:
    while fault is not None:
        if isinstance(fault, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(fault):
            return True
        fault = fault.__cause__ or fault.__context__
    return False
