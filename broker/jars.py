"""The private broker's jars: exactly those of kafka.lock, fetched once through jgo from Maven Central (or from the
repositories of ~/.config/jgo.conf) into .cache, and compared with their sha256 before a JVM sees them."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from broker.trouble import Trouble

VERSION = "4.3.1"
LOCK = Path(__file__).with_name("kafka.lock")
CACHE = Path(__file__).resolve().parents[1] / ".cache"
ADVICE = (
    "Check the network or proxy, or name a mirror under [repositories] in ~/.config/jgo.conf, "
    "or use a broker you have: make run KAFKA=host:port"
)


@dataclass(frozen=True, slots=True)
class Jar:
    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where jgo keeps it: the layout of a Maven repository."""
        return CACHE / "maven" / Path(*self.group.split(".")) / self.artifact / self.version / self.name

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def locked() -> list[Jar]:
    """In the order of the class path: a class-data archive is only valid for the same jars in the same order."""
    lines = [line.split() for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]
    return [Jar(*f"{coordinate}:{sha256}".split(":", 3)) for coordinate, sha256 in lines]


def class_path(progress: Callable[[int, int], None] = lambda done, total: None) -> list[Path]:
    """Every jar, downloaded where missing; `progress` is told (done, total). Raises Trouble, naming the file."""
    jars = locked()
    if all(map(_intact, jars)):
        return [jar.path for jar in jars]
    try:
        CACHE.mkdir(exist_ok=True)
        with (CACHE / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two downloads would write the same files
            _fetch_all([jar for jar in jars if not _intact(jar)], lambda done: progress(len(jars) - done, len(jars)))
    except OSError as error:
        raise Trouble(f"Kafka's jars cannot be written to {CACHE}: {error.strerror or error}.") from error
    return [jar.path for jar in jars]


def fetched(jar: Jar) -> Path:
    """One jar that is not of the broker, downloaded when missing. Raises Trouble."""
    if not _intact(jar):
        _fetch(jar)
    return jar.path


def _fetch_all(missing: list[Jar], left: Callable[[int], None]) -> None:
    left(len(missing))
    with ThreadPoolExecutor(6) as pool:
        fetching = [pool.submit(_fetch, jar) for jar in missing]
        try:
            for number, done in enumerate(as_completed(fetching), start=1):
                done.result()
                left(len(missing) - number)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # one refusal is enough to know
            raise


def _fetch(jar: Jar) -> None:
    import requests  # only the first start downloads; jgo brings it
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    repositories = GlobalSettings.load().repositories or {"central": MAVEN_CENTRAL_URL}
    addresses = ", ".join(repositories.values())
    context = MavenContext(repo_cache=CACHE / "maven", remote_repos=repositories, timeout=30)
    jar.path.unlink(missing_ok=True)  # cut off by an interrupted download, or altered
    try:
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except requests.RequestException as error:
        raise Trouble(f"Kafka's {jar.name} could not be downloaded from {addresses}. {ADVICE}") from error
    except RuntimeError as error:  # jgo: no repository has it, or each refused
        raise Trouble(f"Kafka's {jar.name} was refused by {addresses}. {ADVICE}") from error
    if not _intact(jar):
        jar.path.unlink(missing_ok=True)
        raise Trouble(f"Kafka's {jar.name} arrived with a wrong checksum and was thrown away. {ADVICE}")


def _intact(jar: Jar) -> bool:
    try:
        with jar.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256
    except (FileNotFoundError, NotADirectoryError):
        return False
