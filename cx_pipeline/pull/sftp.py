"""SFTP that knows its server: fsspec's own opener trusts any key that it is shown first."""

from pathlib import Path
from typing import Any

import paramiko  # type: ignore[import-untyped]
from fsspec.implementations.sftp import SFTPFileSystem  # type: ignore[import-untyped]

from cx_pipeline.pull.fault import PullFault


class KnownHost(SFTPFileSystem):  # type: ignore[misc]
    """fsspec's SFTP, refusing every host key that is not in `known_hosts`."""

    def __init__(self, host: str, known_hosts: Path, **told: Any) -> None:
        self._known_hosts = known_hosts
        super().__init__(host, host_key_policy="reject", **told)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            self.client.load_host_keys(str(self._known_hosts))
        except OSError:
            raise PullFault(
                f"known_hosts {self._known_hosts} cannot be read; name the file that holds the "
                "server's key (ssh-keyscan, compared with what its owner says)"
            ) from None
        try:
            self.client.connect(
                self.host, allow_agent=False, look_for_keys=False, **self.ssh_kwargs
            )
        except paramiko.BadHostKeyException:
            raise PullFault(
                "the server shows another host key than known_hosts tells: nothing was sent; ask "
                "its owner before the line in known_hosts is changed"
            ) from None
        except paramiko.AuthenticationException:
            raise PullFault("the login is refused; check user, secret and key_file") from None
        except paramiko.SSHException as fault:
            if "not found in known_hosts" in str(fault):
                raise PullFault(
                    "the server's host key is not in known_hosts: nothing was sent; add it once "
                    "its owner has confirmed it"
                ) from None
            raise
        self.ftp = self.client.open_sftp()

    def close(self) -> None:
        """Leave the server."""
        self.client.close()
