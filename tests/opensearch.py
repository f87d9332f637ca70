"""A real OpenSearch 2.19 for tests: the smallest distribution there is, without plugins (56 MB)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker import java, orphans, ports
from tests.archives import Archive
from tests.servers import or_skip

ARCHIVE = Archive(
    "org.opensearch.distribution.integ-test-zip",
    "opensearch",
    "2.19.6",
    ".zip",
    "71d6d8b1c637f3faecda0752b184b1cc526fc6eaad59ec1408c6327bb00b9293",
)
UP_WITHIN = 120.0  # seconds, on a busy machine
NOBODY = 65534


class OpenSearch:
    def __init__(self, unpacked: Path, found: java.Java, folder: Path) -> None:
        self.java, self.folder, self.port = found, folder, ports.any_free()
        self.home = folder / ARCHIVE.artifact
        shutil.copytree(unpacked / f"opensearch-{ARCHIVE.version}", self.home)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, **limits: str) -> None:
        """`limits`: settings by name, with two underscores for a point: of this start only."""
        settings = {
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": self.port,
            "transport.port": ports.any_free(),
            "path.data": self.folder / "data",
            "path.logs": self.folder / "logs",
        } | {name.replace("__", "."): value for name, value in limits.items()}
        command = ["bash", self.home / "bin" / "opensearch", *(f"-E{name}={value}" for name, value in settings.items())]
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "OPENSEARCH_JAVA_HOME": str(self._java_home())}
        env["OPENSEARCH_JAVA_OPTS"] = "-Xms384m -Xmx384m"
        other = {}
        if os.getuid() == 0:  # it refuses to be root
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
            other = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        with (self.folder / "said.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.home,
                env=env,
                stdout=log,
                stderr=log,
                preexec_fn=orphans.dies_with_its_parent(),
                **other,
            )
        deadline = time.monotonic() + UP_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.ask("GET", "/_cluster/health?wait_for_status=yellow&timeout=5s")
                return
            except OSError:
                time.sleep(0.3)
        raise AssertionError(f"OpenSearch did not come up:\n{(self.folder / 'said.log').read_text()[-3000:]}")

    def pause(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def ask(self, method: str, path: str, body: object = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def _java_home(self) -> Path:
        return self.java.path.resolve().parent.parent


@pytest.fixture(scope="session")
def opensearch() -> Iterator[OpenSearch]:
    folder = Path(tempfile.mkdtemp(prefix="hw-opensearch-"))  # of its own: it may not look into those of root
    server = or_skip(lambda: OpenSearch(ARCHIVE.unpacked(), java.find(), folder))
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
