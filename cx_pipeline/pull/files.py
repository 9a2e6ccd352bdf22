"""Files from a folder, an object store or an SFTP server: what is new or changed, whole."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from cx_pipeline.contracts import Contract
from cx_pipeline.pull.fault import PullFault, Transient, needed
from cx_pipeline.pull.manifest import Arrival, digest
from cx_pipeline.pull.source import Source, put
from cx_pipeline.pulls import FilePull

_LIBRARY = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs", "sftp": "paramiko"}
# What tells two states of a remote file apart, as the file systems of fsspec name it.
_TELLS = (
    "ETag",
    "etag",
    "md5Hash",
    "content_md5",
    "mtime",
    "LastModified",
    "last_modified",
    "updated",
)
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".done")
_BLOCK = 1 << 20
_REFUSED = "access is refused; check user, secret and rights of url"


def pull_files(source: Source, contract: Contract) -> list[Arrival]:
    """Fetch every file of the glob that is new or changed since it was fetched last.

    Nothing is ever deleted or written on the other side. Raises PullFault; what arrived until
    then stays.
    """
    pull = cast(FilePull, contract.pull)
    scheme, root = _root(source)
    remote, known = _Remote(source, scheme), source.manifest.versions(contract.table)
    try:
        found = source.patience.keep_trying(
            partial(_listed, remote, root, f"{root}/{pull.path or contract.extract.files}")
        )
        arrivals = []
        for told in found:
            name = _relative(str(told["name"]), root, contract)
            if name is not None and known.get(digest(name)) != _version(told):
                fetch = partial(_fetched, source, remote, contract, told, name)
                arrivals.append(source.patience.keep_trying(fetch))
        return arrivals
    finally:
        remote.close()


def _listed(remote: "_Remote", root: str, pattern: str) -> list[dict[str, Any]]:
    with remote.opened("the folder of url is not there; check url in cx.toml") as files:
        files.info(root)  # exists() says no to a broken connection too
        found = files.glob(pattern, detail=True)
    return [told for _, told in sorted(found.items()) if told["type"] == "file"]


def _fetched(
    source: Source, remote: "_Remote", contract: Contract, told: dict[str, Any], name: str
) -> Arrival:
    """Fetch one file; `told` is what was known of it before, and is brought up to date."""
    with source.temporary() as written:
        with remote.opened("a file was taken away before it was fetched; pull again") as files:
            with files.open(told["name"], "rb") as theirs, written.open("wb", 0) as ours:
                while block := theirs.read(_BLOCK):
                    source.patience.check()
                    put(ours, block)
            after = files.info(told["name"])
        is_same = _version(told) == _version(after)
        told.update(after)
        if not is_same:
            raise Transient("a file was written while it was read")
        if written.stat().st_size != after["size"]:
            raise Transient("a file did not arrive whole")
        file, sha256 = source.deliver(written, name)
    arrival = Arrival(
        contract.table,
        file,
        source.now.isoformat(),
        after["size"],
        sha256,
        remote=digest(name),
        version=_version(after),
    )
    source.manifest.add(arrival)
    return arrival


def _version(told: dict[str, Any]) -> str:
    state = next((told[key] for key in _TELLS if told.get(key)), "")
    return digest(f"{told['size']} {state}")


def _relative(name: str, root: str, contract: Contract) -> str | None:
    """Where the file goes below the source's folder; None for what landing would pass over."""
    parts = PurePosixPath(name.removeprefix(root).lstrip("/")).parts
    if ".." in parts or not parts:
        raise PullFault("a file's name leads out of the folder of url; have it renamed")
    if any(part.startswith(".") for part in parts) or parts[-1].endswith(_UNFINISHED):
        return None
    return "/".join(parts) if contract.matches(parts[-1]) else None


def _root(source: Source) -> tuple[str, str]:
    """(scheme, folder as its file system names it, without a slash at its end)."""
    parts = urlsplit(source.place.url)
    if parts.scheme in ("", "file"):
        folder = Path(unquote(parts.path)).expanduser()
        return "file", str(source.home / folder).rstrip("/")
    if parts.scheme == "sftp":
        return "sftp", unquote(parts.path).rstrip("/")
    if parts.scheme not in _LIBRARY:
        raise PullFault(f"pulls files, and url begins with {parts.scheme}://; name a folder")
    return parts.scheme, f"{parts.netloc}{unquote(parts.path)}".rstrip("/")


class _Remote:
    """The file system of a source: opened when it is needed, and anew after it broke."""

    def __init__(self, source: Source, scheme: str) -> None:
        self._source, self._scheme, self._files = source, scheme, cast(Any, None)

    def close(self) -> None:
        if self._files is not None and hasattr(self._files, "close"):
            self._files.close()
        self._files = None

    @contextmanager
    def opened(self, missing: str) -> Iterator[Any]:
        """Its faults become ours: no library's words, which quote names and keys."""
        try:
            self._files = self._files or _file_system(self._source, self._scheme)
            yield self._files
        except (PullFault, Transient):
            raise
        except FileNotFoundError:
            raise PullFault(missing) from None
        except PermissionError:
            raise PullFault(_REFUSED) from None
        except Exception as fault:
            self.close()
            if type(fault).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
                raise PullFault("no credentials; name user and secret in cx.toml") from None
            # As the libraries of Azure and of Google name what a server answers.
            code = getattr(fault, "status_code", getattr(fault, "code", 0))
            if code in (401, 403) or str(fault).startswith("Forbidden: "):
                raise PullFault(_REFUSED) from None
            raise Transient(f"the place of url did not answer ({type(fault).__name__})") from None


def _file_system(source: Source, scheme: str) -> Any:
    place, fsspec = source.place, needed("fsspec")
    if scheme in _LIBRARY:
        needed(_LIBRARY[scheme])
    if scheme == "file":
        return fsspec.filesystem("file")
    fresh = {"skip_instance_cache": True, "use_listings_cache": False}
    if scheme == "s3":
        client = {
            "endpoint_url": place.endpoint or None,
            "verify": str(source.path(place.ca_file)) if place.ca_file else None,
        }
        config = {"connect_timeout": place.timeout, "read_timeout": place.timeout,
                  "retries": {"total_max_attempts": 1}}  # fmt: skip
        key = {"key": place.user, "secret": source.secret()} if place.user else {}
        return fsspec.filesystem("s3", **key, **fresh, client_kwargs=client, config_kwargs=config)
    if scheme == "gs":
        token = {"token": str(source.path(place.key_file))} if place.key_file else {}
        other = {"endpoint_url": place.endpoint} if place.endpoint else {}
        # Not the class that gcsfs names first: it asks by gRPC too, of any bucket, and waits long.
        files = needed("gcsfs.core").GCSFileSystem
        logging.getLogger("gcsfs").setLevel(logging.CRITICAL)  # it logs answers
        return files(**token, **other, **fresh, requests_timeout=place.timeout)
    if scheme == "az":
        seconds = max(1, round(place.timeout))
        patience = {"connection_timeout": seconds, "read_timeout": seconds}
        login: dict[str, Any] = {"account_name": place.user, "account_key": source.secret() or None}
        if place.endpoint:
            told = {"AccountName": place.user, "AccountKey": source.secret()}
            told["BlobEndpoint"] = place.endpoint
            login = {"connection_string": ";".join(f"{n}={v}" for n, v in told.items() if v)}
        return fsspec.filesystem("az", **login, **patience, **fresh)
    return _sftp(source)


def _sftp(source: Source) -> Any:
    from cx_pipeline.pull.sftp import KnownHost

    place, parts = source.place, urlsplit(source.place.url)
    key, secret = source.path(place.key_file), source.secret() or None
    login = {"key_filename": str(key), "passphrase": secret} if key else {"password": secret}
    return KnownHost(
        parts.hostname or "",
        source.path(place.known_hosts) or Path("~/.ssh/known_hosts").expanduser(),
        port=parts.port or 22,
        username=place.user or parts.username,
        timeout=place.timeout,
        banner_timeout=place.timeout,
        auth_timeout=place.timeout,
        skip_instance_cache=True,
        **login,
    )
