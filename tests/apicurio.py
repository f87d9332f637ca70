"""A real schema registry for tests: Apicurio 3.3.3, fetched once from Maven into .cache (159 MB)."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker import orphans, ports
from tests.archives import Archive
from tests.servers import a_java, or_skip
from tests.surroundings import FOLDER

ARCHIVE = Archive(
    "io.apicurio",
    "apicurio-registry-app",
    "3.3.3",
    "-all.tar.gz",
    "8bc6751c76d963734224b01d5e7f84ccb3cb61c87d3bd77c36c35f10a5cbed63",
)
OLDEST = 21  # Java
UP_WITHIN = 90.0  # seconds


class Apicurio:
    def __init__(self, unpacked: Path, java: Path, folder: Path) -> None:
        self.unpacked, self.java, self.port, self.folder = unpacked, java, ports.any_free(), folder
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
                [self.java, *options, *where, "-jar", self.unpacked / "quarkus-run.jar"],
                cwd=self.unpacked,
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


@pytest.fixture(scope="session")
def apicurio() -> Iterator[Apicurio]:
    server = or_skip(lambda: Apicurio(ARCHIVE.unpacked(), a_java(OLDEST).path, FOLDER / "apicurio"))
    server.start()
    yield server
    server.stop()
