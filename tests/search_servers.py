"""Real search servers for tests, each the smallest distribution there is, without plugins: OpenSearch 2.19 (56 MB) in
every run, OpenSearch 3, Elasticsearch 8 and 9 (100 to 160 MB) in `make test-all`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from broker import orphans, ports
from tests.archives import Archive
from tests.servers import a_java, or_skip


@dataclass(frozen=True, slots=True)
class Kind:
    archive: Archive
    java: int  # the oldest that runs it
    prefix: str  # of its variables
    settings: dict[str, str] = field(default_factory=dict)


def _opensearch(version: str, java: int, sha256: str) -> Kind:
    archive = Archive("org.opensearch.distribution.integ-test-zip", "opensearch", version, ".zip", sha256)
    return Kind(archive, java, "OPENSEARCH_")


def _elastic(version: str, java: int, sha256: str) -> Kind:
    archive = Archive("org.elasticsearch.distribution.integ-test-zip", "elasticsearch", version, ".zip", sha256)
    settings = {"xpack.security.enabled": "false", "xpack.ml.enabled": "false"}
    return Kind(archive, java, "ES_", settings | {"action.destructive_requires_name": "false"})


KINDS = {
    "opensearch-2": _opensearch("2.19.6", 17, "71d6d8b1c637f3faecda0752b184b1cc526fc6eaad59ec1408c6327bb00b9293"),
    "opensearch-3": _opensearch("3.6.0", 21, "a91faa1dc1cadc78cb278b4f63847e19e1627a4e9de698e14e7efc14ee37b286"),
    "elasticsearch-8": _elastic("8.19.21", 17, "215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a"),
    "elasticsearch-9": _elastic("9.2.0", 21, "bf44938a0490ba2a303d39c9cb64b38963dd08c812ce93e10816e878585bcb6b"),
}
SMALLEST = "opensearch-2"
UP_WITHIN = 180.0  # seconds, on a busy machine
NOBODY = 65534


def each(*more: object) -> list:
    """Parameters of a test: the name of each server, and `more`."""
    return [pytest.param(name, *more, marks=() if name == SMALLEST else pytest.mark.all) for name in KINDS]


class SearchServer:
    def __init__(self, kind: Kind, folder: Path) -> None:
        """Raises Trouble: it, or a Java for it, can't be had."""
        archive = kind.archive
        self.kind, self.java, self.folder, self.port = kind, a_java(kind.java), folder, ports.any_free()
        self.home = folder / archive.artifact
        shutil.copytree(archive.unpacked() / f"{archive.artifact}-{archive.version}", self.home)
        if self.java.bundled:
            self._leave_out()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, **limits: str) -> None:
        """`limits`: settings by name, with two underscores for a point: of this start only."""
        settings = self.kind.settings | {
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": self.port,
            "transport.port": ports.any_free(),
            "path.data": self.folder / "data",
            "path.logs": self.folder / "logs",
        }
        settings |= {name.replace("__", "."): value for name, value in limits.items()}
        program = self.home / "bin" / self.kind.archive.artifact
        command = ["bash", program, *(f"-E{name}={value}" for name, value in settings.items())]
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        env[f"{self.kind.prefix}JAVA_HOME"] = str(self.java.path.resolve().parents[1])
        env[f"{self.kind.prefix}JAVA_OPTS"] = "-Xms384m -Xmx384m -XX:TieredStopAtLevel=1"
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
                start_new_session=True,  # Elasticsearch is two processes
                **other,
            )
        deadline = time.monotonic() + UP_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.ask("GET", "/_cluster/health?wait_for_status=yellow&timeout=5s")
                return
            except OSError:
                time.sleep(0.3)
        said = (self.folder / "said.log").read_text()[-3000:]
        raise AssertionError(f"{self.kind.archive.name} did not come up:\n{said}")

    def pause(self) -> None:
        self._tell(signal.SIGSTOP)

    def resume(self) -> None:
        self._tell(signal.SIGCONT)

    def stop(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                self._tell(signal.SIGKILL)
            self.process.wait()

    def ask(self, method: str, path: str, body: object = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def _leave_out(self) -> None:
        """What PyPI's Java can't do: a module of Java for speed, and to know where Thai words end."""
        options = self.home / "config" / "jvm.options"
        lines = options.read_text().splitlines(keepends=True)
        options.write_text("".join(line for line in lines if "jdk.incubator.vector" not in line))
        shutil.rmtree(self.home / "modules" / "analysis-common", ignore_errors=True)

    def _tell(self, signal: signal.Signals) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal)


@pytest.fixture(scope="session", params=each())
def search_server(request) -> Iterator[SearchServer | None]:
    """None where a test has "" among its parameters."""
    if not request.param:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="hw-search-"))  # of its own: it may not look into those of root
    server = or_skip(lambda: SearchServer(KINDS[request.param], folder))
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
