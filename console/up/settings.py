"""What a person may ask of `make run`, checked before anything is started."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from broker import ports, probe
from broker.trouble import Trouble

PORT = 8080
LEAST_SPACE = 200  # MB: a new broker writes 20, and Kafka stops dead on a full disk


def parse(arguments: list[str]) -> argparse.Namespace:
    """Addresses and the data folder come from HIGHWATER_KAFKA, _REDIS_URL, _DATABASE_URL and _DATA: a password in a
    command line can be read by everybody on the machine."""
    parser = argparse.ArgumentParser(
        "manage.py up", description="Starts Kafka, Redis and all of Highwater on this machine, and stops them together."
    )
    parser.add_argument("--port", default="", help=f"of the web server; without it {PORT}, or the next free one")
    parser.add_argument(
        "--demo", default="", choices=["0", "1"], help="demo traffic; without it only into a private Kafka"
    )
    parser.add_argument("--rate", default="50", help="records a second of the demo traffic (default: %(default)s)")
    parser.add_argument(
        "--pipelines", default="", choices=["0", "1"], help="the stream programs; without it where the demo traffic is"
    )
    return parser.parse_args(arguments)


@dataclass(frozen=True, slots=True)
class Asked:
    data: Path
    port: int  # of the web server
    port_taken: bool  # nobody asked for a port, and PORT was taken
    kafka: str  # host:port; empty: a private one
    redis: str = field(repr=False)  # a URL; empty: a private one
    origins: str
    demo: str  # "0", "1", or empty: with a private Kafka only
    rate: str  # records a second
    pipelines: str  # "0", "1", or empty: where the demo traffic is

    @classmethod
    def read(cls, given: argparse.Namespace, env: Mapping[str, str] = os.environ) -> Asked:
        """Raises Trouble: a value makes no sense, or the port is taken."""
        port = _port(given.port)
        return cls(
            data=data_folder(env),
            port=port,
            port_taken=not given.port and port != PORT,
            kafka=env.get("HIGHWATER_KAFKA", ""),
            redis=env.get("HIGHWATER_REDIS_URL", ""),
            origins=env.get("HIGHWATER_ORIGINS") or f"http://127.0.0.1:{port},http://localhost:{port}",
            demo=given.demo,
            rate=_rate(given.rate),
            pipelines=given.pipelines,
        )

    @property
    def url(self) -> str:
        return self.origins.split(",")[0].strip().rstrip("/")

    @property
    def logs(self) -> Path:
        """Where the embedded sink keeps log lines."""
        return self.data / "streams" / "logs.db"

    @property
    def shop(self) -> Path:
        """Where the view of the shop is kept."""
        return self.data / "streams" / "shop.db"

    def env(self, kafka: str, redis: str) -> dict[str, str]:
        """The surroundings of our own processes."""
        return {
            "HIGHWATER_LOGS": f"local={self.logs}",
            "HIGHWATER_SHOPS": f"local={self.shop}",
            **os.environ,
            # glibc gives each thread a heap of its own, up to eight a core, and returns little of them
            "MALLOC_ARENA_MAX": "2",
            "HIGHWATER_DATA": str(self.data),
            "HIGHWATER_KAFKA": kafka,
            "HIGHWATER_REDIS_URL": redis,
            "HIGHWATER_ORIGINS": self.origins,
        }


def data_folder(env: Mapping[str, str] = os.environ) -> Path:
    return Path(env.get("HIGHWATER_DATA") or ".data").absolute()


def check_space(data: Path) -> None:
    free = shutil.disk_usage(data).free // 1_000_000
    if free < LEAST_SPACE:
        raise Trouble(
            f"The disk of the data folder {data} is full: {free} MB are left, {LEAST_SPACE} are needed. "
            "Make room, or choose another folder: make run DATA=folder"
        )


def check_kafka(bootstrap: str) -> None:
    """Raises Trouble when none of the addresses answers."""
    words = []
    for address in bootstrap.split(","):
        host, separator, port = address.strip().rpartition(":")
        if not separator or not port.isdigit():
            raise Trouble(f"KAFKA={bootstrap} is not host:port.")
        try:
            probe.kafka_brokers(host.strip("[]"), int(port), timeout=5)
            return
        except OSError as error:
            words.append(f"{address.strip()}: {error.strerror or error}")
    raise Trouble(
        f"KAFKA={bootstrap} does not answer ({'; '.join(words)}). It must be reachable in plain text; "
        "a broker with TLS or SASL is added on the page instead: make run, then Add cluster"
    )


def check_redis(url: str) -> None:
    """Raises Trouble when nothing listens there."""
    parts = urlsplit(url)
    try:
        if parts.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(parts.path)
        elif parts.scheme in ("redis", "rediss") and parts.hostname:
            socket.create_connection((parts.hostname, parts.port or 6379), 5).close()
        else:
            raise Trouble("REDIS must be a URL: redis://host:6379/0, rediss://host:6379/0 or unix:///path")
    except (OSError, ValueError) as error:
        raise Trouble(
            f"REDIS at {parts.hostname or parts.path} does not answer: {getattr(error, 'strerror', '') or error}"
        ) from error


def _port(asked: str) -> int:
    if not asked:
        return ports.next_free(PORT)
    if not asked.isdigit() or not 0 < int(asked) < 65536:
        raise Trouble(f"PORT={asked} is not a port: a number from 1 to 65535.")
    if not ports.is_free(int(asked)):
        raise Trouble(
            f"Port {asked} is taken by another program. Choose another: make run PORT=number, or leave it out."
        )
    return int(asked)


def _rate(asked: str) -> str:
    if not asked.isdigit() or not 1 <= int(asked) <= 5000:
        raise Trouble(f"RATE={asked} is not a number of records a second from 1 to 5000.")
    return asked
