"""Servers that tests need and that come as one archive from a Maven repository: fetched once into .cache, compared with
their sha256, unpacked once."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from broker import jars
from broker.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Archive:
    group: str
    artifact: str
    version: str
    suffix: str  # -all.tar.gz, .zip
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}{self.suffix}"

    @property
    def path(self) -> Path:
        folders = Path(*self.group.split("."))
        return jars.CACHE / "maven" / folders / self.artifact / self.version / self.name

    def unpacked(self) -> Path:
        """The folder with its contents. Raises Trouble."""
        folder = jars.CACHE / f"{self.artifact}-{self.version}"
        jars.CACHE.mkdir(exist_ok=True)
        with (jars.CACHE / f"{self.artifact}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / ".whole").exists():
                if not self._is_intact():
                    self._fetch()
                shutil.rmtree(folder, ignore_errors=True)
                shutil.unpack_archive(self.path, folder, **({} if self.suffix == ".zip" else {"filter": "data"}))
                (folder / ".whole").touch()
        return folder

    def _fetch(self) -> None:
        import requests  # jgo brings it
        from jgo.config import GlobalSettings
        from jgo.constants import MAVEN_CENTRAL_URL

        repositories = GlobalSettings.load().repositories or {"central": MAVEN_CENTRAL_URL}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        why = ""
        for base in repositories.values():
            place = f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.name}"
            try:
                with requests.get(f"{base.rstrip('/')}/{place}", stream=True, timeout=60) as answer:
                    answer.raise_for_status()
                    with self.path.open("wb") as file:
                        for part in answer.iter_content(1 << 20):
                            file.write(part)
            except requests.RequestException as error:
                why = str(error)
                continue
            if self._is_intact():
                return
            why = "it arrived with a wrong checksum"
        self.path.unlink(missing_ok=True)
        raise Trouble(f"{self.name} could not be downloaded: {why}")

    def _is_intact(self) -> bool:
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False
