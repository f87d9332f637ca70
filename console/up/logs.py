"""One log a part in <data>/logs, at most 10 MB each and one file back."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import BinaryIO

from broker.words import last_words

LARGEST = 10_000_000  # bytes


class Logs:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, BinaryIO] = {}

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def write(self, name: str, line: bytes) -> None:
        """A full disk loses lines of a log, not the part that wrote them."""
        with contextlib.suppress(OSError):
            self._file(name).write(line)

    def last_words(self, name: str) -> str:
        """The last line that says something: no stack frame, no "... 12 more"."""
        try:
            with self.path(name).open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - 16_384))
                lines = file.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return last_words(lines)

    def _file(self, name: str) -> BinaryIO:
        file = self._open.get(name)
        if file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = self._open[name] = self.path(name).open("ab", buffering=0)
        if file.tell() > LARGEST:
            file.close()
            self.path(name).rename(self.folder / f"{name}.1.log")
            file = self._open[name] = self.path(name).open("ab", buffering=0)
        return file
