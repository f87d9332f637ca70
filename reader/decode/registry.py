"""The schemas of a registry as this process knows them: each is fetched once, and no record waits long for one.

A fetch runs on a thread of its own and is waited for a moment. When it takes longer, the record is shown as bytes with
the reason, the fetch goes on, and the next look finds what it brought. A registry that is down is left alone a while.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gateway.registry import RegistryConfig
from gateway.registry_http import RegistryClient, RegistryFault
from reader.decode.decoded import Undecodable

PATIENCE = 0.7  # seconds that a record waits for a schema
REST = 5.0  # seconds in which a registry that did not answer is not waited for
AGAIN = {"unknown": 30.0, "unreachable": REST}  # seconds after which what failed is asked for again
UNKNOWN = 500  # schemas that a registry does not know: after so many, bytes that look like one more are not believed
MOST_REFERENCES = 200

Key = int | str


@dataclass(frozen=True, slots=True)
class Known:
    kind: str  # AVRO | PROTOBUF | JSON
    called: str  # "orders-value, version 3 (id 7)"
    parsed: Any  # reader.decode.avro.Avro, reader.decode.protobuf.Schema, or the text of a JSON Schema


class Registry:
    def __init__(self, config: RegistryConfig) -> None:
        self.client = RegistryClient(config)
        self._lock = threading.Lock()
        self._known: dict[Key, Future[Known]] = {}
        self._failed: dict[Key, tuple[float, str]] = {}  # until when, and the sentence
        self._resting = 0.0  # until then nothing is waited for
        self._down: tuple[float, str] = (0.0, "")
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="registry")

    def schema(self, key: Key) -> Known:
        """Raises Undecodable, within PATIENCE."""
        future = self._future(key)
        now = time.monotonic()
        try:
            return future.result(0 if now < self._resting else PATIENCE)
        except TooLong:
            self._resting = time.monotonic() + REST
            raise Undecodable("The schema registry has not answered yet. Look again in a few seconds.") from None
        except RegistryFault as fault:
            raise Undecodable(_said(fault, key)) from None

    def _future(self, key: Key) -> Future[Known]:
        with self._lock:
            now = time.monotonic()
            until, sentence = self._failed.get(key, (0.0, ""))
            if now < until:
                raise Undecodable(sentence)
            known = self._known.get(key)
            if known is not None:
                return known
            until, sentence = self._down
            if now < until:
                raise Undecodable(sentence)
            if len(self._failed) >= UNKNOWN:
                self._failed = {k: v for k, v in self._failed.items() if now < v[0]}
                if len(self._failed) >= UNKNOWN:
                    raise Undecodable("The schema registry did not know many others: this may be no schema at all.")
            known = self._known[key] = self._pool.submit(self._fetch, key)
            return known

    def _fetch(self, key: Key) -> Known:
        try:
            return fetched(self.client, key)
        except (RegistryFault, Undecodable) as fault:
            code = fault.code if isinstance(fault, RegistryFault) else "odd"
            now, sentence = time.monotonic(), _said(fault, key)
            with self._lock:
                self._failed[key] = (now + AGAIN.get(code, REST), sentence)
                self._known.pop(key, None)
                if code == "unreachable":
                    self._down = (now + REST, sentence)
            raise
        except BaseException:
            with self._lock:
                self._known.pop(key, None)
            raise


def _said(fault: Exception, key: Key) -> str:
    if isinstance(fault, RegistryFault) and fault.code == "unknown":
        return f"The schema registry has no schema with the {'id' if isinstance(key, int) else 'GUID'} {key}."
    return str(fault)


@lru_cache(64)
def registry(config: RegistryConfig) -> Registry:
    """The one of this process."""
    return Registry(config)


def fetched(client: RegistryClient, key: Key) -> Known:
    """Raises RegistryFault, Undecodable."""
    return known(client, client.schema(key), _called(client, key))


def known(client: RegistryClient, answer: dict[str, Any], called: str) -> Known:
    """What an answer with schema, schemaType and references says, with all that it refers to. Raises as `fetched`."""
    kind = str(answer.get("schemaType") or "AVRO").upper()
    texts: dict[str, str] = {}
    _references(client, answer, texts, 0)
    if kind == "AVRO":
        from reader.decode import avro

        return Known(kind, called, avro.parsed(answer["schema"], texts))
    if kind == "PROTOBUF":
        from reader.decode import protobuf

        return Known(kind, called, protobuf.Schema(answer["schema"], texts))
    if kind == "JSON":
        return Known(kind, called, (answer["schema"], texts))
    raise Undecodable(f"The schema {called} is of a kind that is not known here: {kind[:40]}.")


def _references(client: RegistryClient, answer: dict[str, Any], texts: dict[str, str], depth: int) -> None:
    """Adds what is referred to by name, what others need first."""
    for reference in answer.get("references") or ():
        try:
            name, subject, version = str(reference["name"]), str(reference["subject"]), int(reference["version"])
        except (KeyError, TypeError, ValueError):
            raise Undecodable("The schema registry names a reference that cannot be followed.") from None
        if name in texts:
            continue
        if len(texts) >= MOST_REFERENCES or depth > 20:
            raise Undecodable("The schema refers to too many others.")
        found = client.version(subject, version)
        _references(client, found, texts, depth + 1)
        texts[name] = found["schema"]


def _called(client: RegistryClient, key: Key) -> str:
    if isinstance(key, str):
        return f"GUID {key}"
    try:
        uses = client.used_by(key)
    except (RegistryFault, KeyError, TypeError, ValueError):
        uses = []
    if not uses:
        return f"id {key}"
    subject, version = uses[0]
    more = f" and {len(uses) - 1} more" if len(uses) > 1 else ""
    return f"{subject}, version {version}{more} (id {key})"
