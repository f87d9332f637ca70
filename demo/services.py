"""What the shop's six services log: people's sessions of several requests that pass through several services, deploys,
bad minutes. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Line = dict[str, Any]

#: Each service with what it usually says, what it warns of, and how it fails.
SERVICES: dict[str, tuple[str, str, str]] = {
    "gateway": ("GET /{path} 200 in {ms} ms", "GET /{path} was slow: {ms} ms", "GET /{path} 502 after {ms} ms"),
    "accounts": (
        "user {n} signed in",
        "user {n} mistyped the password",
        "mail server refused the connection, will retry",
    ),
    "catalog": (
        "search took {ms} ms",
        "the cache was cold: {ms} ms",
        "index is not there: shard {k} is gone",
    ),
    "checkout": (
        "order {n} placed",
        "card declined for order {n}",
        "order {n} lost: payment timed out",
    ),
    "payments": ("order {n} settled", "bank answered after {ms} ms", "bank refused the connection for order {n}"),
    "shipping": ("label printed for order {n}", "carrier answered after {ms} ms", "no carrier takes order {n}"),
}
PATHS = ("cart", "orders", "products", "search", "account")
DEBUG = "cache hit for product {n}"
BAD_EVERY = 4_000  # lines, about, between two bad times of some service
BAD_FOR = 600  # lines that one lasts
DEPLOY_EVERY = 6_000
SESSIONS = 40  # that are open at the same time
REQUESTS = (2, 25)  # of one session, at least and less than


@dataclass(slots=True)
class Session:
    id: str
    requests: int  # that are left


def lines(chance: random.Random) -> Iterator[Line]:
    """A request touches one to four services under one trace id; those of one visitor have one session. Without end."""
    versions = dict.fromkeys(SERVICES, 0)
    bad, bad_for = "", 0
    sessions: list[Session] = []
    names = list(SERVICES)
    while True:
        bad_for -= 1
        if bad_for <= 0:
            bad = ""
        if not bad and chance.random() < 1 / BAD_EVERY:
            bad, bad_for = chance.choice(names), BAD_FOR
        if chance.random() < 1 / DEPLOY_EVERY:
            service = chance.choice(names)
            versions[service] += 1
            yield _line(service, "INFO", f"version 2.{versions[service]}.0 started")
            continue
        trace = f"{chance.getrandbits(128):032x}"
        session = _next(chance, sessions)
        for service in chance.sample(names, chance.choice((1, 1, 2, 3, 4))):
            yield _one(chance, service, bad == service, trace, session)


def _next(chance: random.Random, sessions: list[Session]) -> str:
    """Whose request is next."""
    if len(sessions) < SESSIONS:
        sessions.append(Session(f"{chance.getrandbits(64):016x}", chance.randrange(*REQUESTS)))
    session = sessions[int(chance.random() * len(sessions))]
    session.requests -= 1
    if not session.requests:
        sessions.remove(session)
    return session.id


def _one(chance: random.Random, service: str, bad: bool, trace: str, session: str) -> Line:
    usual, warning, failure = SERVICES[service]
    drawn = chance.random()
    level, text = "INFO", usual
    if drawn < (0.45 if bad else 0.006):
        level, text = "ERROR", failure
    elif drawn < (0.6 if bad else 0.05):
        level, text = "WARN", warning
    elif drawn > 0.93:
        level, text = "DEBUG", DEBUG
    slow = 2_000 if bad or level != "INFO" else 300
    ms = chance.randrange(8, slow)
    told = text.format(n=chance.randrange(1, 90_000), ms=ms, k=chance.randrange(5), path=chance.choice(PATHS))
    return _line(service, level, told, trace_id=trace, session=session, duration_ms=ms)


def _line(service: str, level: str, message: str, **more: object) -> Line:
    return {"service": service, "level": level, "message": message} | more
