"""Every process of `manage.py up`: its command, what it waits for, how it is known to be up."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from broker import probe
from broker.jars import VERSION
from broker.kafka import Broker
from console.up.redis import Redis
from console.up.settings import Asked

PYTHON = (sys.executable, "-u")
# Stopped in this order, a wave together: who uses a server goes before it. Seconds until SIGKILL; in all less than ten.
WAVES: tuple[tuple[tuple[str, ...], float], ...] = (
    (("demo", "intake", "logs", "logs sink", "shop", "shop view"), 2.8),
    (("follower", "beat", "worker", "web"), 3.4),
    (("redis", "kafka"), 3.4),
)


ABANDONED_AFTER = "120"  # seconds: the demo's shoppers are quick


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    command: tuple[str, ...]
    told: str  # the rest of its line once it is up
    env: dict[str, str] = field(repr=False)
    after: tuple[str, ...] = ()  # parts, or "prepared": the database and the static files
    prepare: Callable[[], None] = lambda: None
    is_up: Callable[[], bool] | None = None  # None: up when it has not ended soon after its start
    keep_fds: tuple[int, ...] = ()


def strangers_env() -> dict[str, str]:
    """For what is not ours: nothing that could hold a key or the address of a database."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR") if name in os.environ}


def kafka(broker: Broker, lock: int) -> Part:
    def answers() -> bool:
        try:
            return probe.kafka_brokers("127.0.0.1", broker.port) > 0
        except OSError:
            return False

    told = f"{VERSION} on {broker.bootstrap}, {broker.java}"
    command = tuple(broker.command())
    return Part("kafka", command, told, strangers_env(), prepare=broker.prepare, is_up=answers, keep_fds=(lock,))


def redis(server: Redis) -> Part:
    told = f"{server.version} from {server.source}"
    return Part("redis", tuple(server.command()), told, strangers_env(), is_up=server.answers)


def ours(port: int, data: Path, env: dict[str, str]) -> list[Part]:
    uvicorn = ("-m", "uvicorn", "console.asgi:application", "--host", "127.0.0.1", "--port", str(port))
    quiet = ("--log-level", "warning", "--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "2")
    sockets = ("--loop", "uvloop", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false")
    celery = ("-m", "celery", "--quiet", "-A")
    threads = ("-P", "threads", "-c", "8", "--without-gossip", "--without-mingle", "-l", "warning")
    schedule = ("--schedule", str(data / "beat"), "--pidfile=", "-l", "warning")
    ready = ("prepared", "redis")
    return [
        Part("web", (*PYTHON, *uvicorn, *quiet, *sockets), f"http://127.0.0.1:{port}", env, ready, is_up=_serves(port)),
        Part("worker", (*PYTHON, *celery, "console", "worker", *threads), "polls and changes, 8 threads", env, ready),
        Part("beat", (*PYTHON, *celery, "console.beat", "beat", *schedule), "a poll every 5 s", env, ready),
        Part("follower", (*PYTHON, "manage.py", "follow"), "reads commits as they happen", env, ready),
    ]


def demo(bootstrap: str, rate: str) -> Part:
    command = (*PYTHON, "-m", "demo", "--bootstrap", bootstrap, "--rate", rate)
    return Part("demo", command, f"a small shop, about {rate} records/s", strangers_env(), ("kafka",))


def intake(bootstrap: str, port: int, origins: str) -> Part:
    """`origins`: of pages that may send events, comma separated."""
    command = (*PYTHON, "-m", "senders.intake", "--bootstrap", bootstrap, "--port", str(port), "--origin", origins)
    told = f"your own logs: curl --data-binary @lines.ndjson http://127.0.0.1:{port}/logs"
    return Part("intake", command, told, strangers_env(), ("kafka", "web"), is_up=_serves(port, "/ready"))


def pipelines(python: Path, bootstrap: str, asked: Asked) -> list[Part]:
    """The stream programs. They wait for the console: what is looked at comes first."""
    state = str(asked.data / "streams" / "state")

    def program(name: str, told: str, module: str, *more: str) -> Part:
        command = (str(python), "-u", "-m", f"streams.{module}", "--bootstrap", bootstrap, *more)
        return Part(name, command, told, strangers_env(), ("kafka", "web"))

    wait = ("--abandoned-after", ABANDONED_AFTER)
    return [
        program("logs", "service-logs are enriched, counted, watched", "service_logs", "--state", state),
        program("logs sink", "log lines can be searched", "sink", "--to", str(asked.logs)),
        program("shop", "user-events: carts, the funnel, what is popular", "user_events", "--state", state, *wait),
        program("shop view", "the dashboard of the shop", "shop_view", "--to", str(asked.shop)),
    ]


def _serves(port: int, path: str = "/health/live") -> Callable[[], bool]:
    def serves() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return serves
