"""The two secrets of an installation. Given by the environment, or made once and kept in the data folder (mode 0600)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet


def secret_key(data: Path) -> str:
    return _kept(data / "secret_key", lambda: secrets.token_urlsafe(64))


def fernet_key(data: Path) -> str:
    return _kept(data / "fernet_key", lambda: Fernet.generate_key().decode())


def _kept(path: Path, make: Callable[[], str]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
    except FileExistsError:
        pass
    return path.read_text().strip()
