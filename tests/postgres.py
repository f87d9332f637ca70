"""A private PostgreSQL, where its programs are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path | None:
    """Where they are. Debian keeps them off the path."""
    on_path = shutil.which("pg_ctl")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return Path(on_path).resolve().parent if on_path else installed[-1].parent if installed else None


@contextmanager
def running(*, careless: bool = False) -> Iterator[str]:
    """The URL of an empty database. `careless`: it never waits for the disk, which a measurement has to."""
    tools = programs()
    assert tools is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="highwater-pg-") as folder:
        alone = []  # PostgreSQL refuses to be root
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
            alone = ["runuser", "-u", "postgres", "--"]
        data = f"{folder}/data"
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
        made = ["-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run([*alone, tools / "initdb", *made], **quiet)
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
        options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off" if careless else ""
        control = [*alone, tools / "pg_ctl", "-D", data, "-w"]
        subprocess.run([*control, "-l", f"{folder}/log", "-o", options, "start"], **quiet)
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "fast", "stop"], **quiet)
