"""Writes kafka.lock anew: `python -m broker.relock`, after VERSION in jars.py was raised."""

from __future__ import annotations

import hashlib

import jgo

from broker.jars import LOCK, VERSION

# kafka-clients is named although the others need it: dependency management of some binding's parent pom once chose an
# older one, and the broker died with NoSuchMethodError.
ROOTS = (
    f"org.apache.kafka:kafka_2.13:{VERSION}",
    f"org.apache.kafka:kafka-server:{VERSION}",
    f"org.apache.kafka:kafka-clients:{VERSION}",
    "org.slf4j:slf4j-simple:1.7.36",
)


def main() -> None:
    artifacts = jgo.resolve("+".join(ROOTS))
    wrong = [a for a in artifacts if a.groupId == "org.apache.kafka" and a.version != VERSION]
    if wrong:
        raise SystemExit(f"not {VERSION}: {', '.join(map(str, wrong))}")
    lines = []
    for artifact in artifacts:
        with artifact.resolve().open("rb") as jar:
            digest = hashlib.file_digest(jar, "sha256").hexdigest()
        lines.append(f"{artifact.groupId}:{artifact.artifactId}:{artifact.version} {digest}")
    LOCK.write_text(
        "# coordinate sha256, in the order of the class path; written by `python -m broker.relock`\n"
        + "\n".join(lines)
        + "\n"
    )
    print(f"{len(lines)} jars")


if __name__ == "__main__":
    main()
