"""The two secrets of an installation: given by the environment, or made once and kept in the data folder, 0600."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet


def secret_key(data: Path) -> str:
    return _kept(data / "secret_key", lambda: secrets.token_urlsafe(64))


def fernet_key(data: Path) -> str:
    return _kept(data / "fernet_key", lambda: Fernet.generate_key().decode())


def _kept(path: Path, make: Callable[[], str]) -> str:
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_once(path, make())
        return path.read_text().strip()
    except OSError as error:
        raise SystemExit(
            f"highwater: Cannot write to the data folder {path.parent}: {error.strerror}. "
            "Choose another: make run DATA=folder, or HIGHWATER_DATA"
        ) from error


def _write_once(path: Path, text: str) -> None:
    """Whole or not at all (a full disk leaves no empty key), and the first of two processes wins."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as fresh:  # mode 0600
        fresh.write(text)
        fresh.flush()
        with contextlib.suppress(FileExistsError):
            os.link(fresh.name, path)
