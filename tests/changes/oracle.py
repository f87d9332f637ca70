"""Kafka's own kafka-consumer-groups, from the release that the test broker is of."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from broker import archive, jars, java

#: All that the tool needs beside the broker's own jars. Behind them, so that their class-data archive still fits.
TOOLS = jars.Jar(
    "org.apache.kafka",
    "kafka-tools",
    jars.VERSION,
    "62f3c5dd7aa3442d4c5bc6a95f86e2502178ea09de8e27f74d9563bf955e253c",
)
MAIN = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"


@dataclass(frozen=True, slots=True)
class Oracle:
    """`kafka-consumer-groups.sh` is on the path of every line that is run; files are written to `folder`."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Oracle:
        """Raises Trouble: no Java, or a jar that cannot be downloaded."""
        broker, found = tuple(jars.class_path()), java.find()
        path = ":".join(map(str, [*broker, jars.fetched(TOOLS)]))
        options = " ".join(archive.options(found, broker))
        script = folder / "kafka-consumer-groups.sh"
        flags = f"-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 {options}"
        script.write_text(f'#!/bin/sh\nexec {found.path} {flags} -cp {path} {MAIN} "$@"\n')
        script.chmod(0o755)
        return cls(folder)

    def run(self, line: str) -> str:
        """What the shell line printed. Fails with it when the tool failed."""
        path = f"{self.folder}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout
