"""Asking a schema registry, with the API that Confluent made and Apicurio, Karapace and Redpanda speak.

One small client for all: it connects only to addresses that are allowed, at the moment it connects, follows no
redirect, takes so many bytes and seconds and no more, and never repeats what a stranger's body says beyond one line.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import threading
from typing import Any
from urllib.parse import quote, urlsplit

from gateway.registry import RegistryConfig, refused

SECONDS = 5.0  # for one question, from the name's look-up to the last byte of the answer
LARGEST = 8 * 1024 * 1024  # bytes of an answer


class RegistryFault(Exception):
    """`str()` is a sentence."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code  # unknown | refused | unreachable | forbidden | odd


class RegistryClient:
    """May be used by several threads: each question has a connection of its own."""

    def __init__(self, config: RegistryConfig, seconds: float = SECONDS) -> None:
        self.config, self.seconds = config, seconds
        self.url = urlsplit(config.url)

    def subjects(self) -> list[str]:
        return [str(name) for name in _list(self.get("/subjects"))]

    def versions(self, subject: str) -> list[int]:
        return [int(number) for number in _list(self.get(f"/subjects/{quote(subject, safe='')}/versions"))]

    def version(self, subject: str, version: int | str) -> dict[str, Any]:
        """{subject, version, id, schema, schemaType, references}; `version` may be latest."""
        return _object(self.get(f"/subjects/{quote(subject, safe='')}/versions/{version}"))

    def schema(self, key: int | str) -> dict[str, Any]:
        """{schema, schemaType, references} of an id or a GUID."""
        return _object(self.get(f"/schemas/ids/{key}" if isinstance(key, int) else f"/schemas/guids/{key}"))

    def used_by(self, id: int) -> list[tuple[str, int]]:
        """Subjects and versions that have a schema."""
        return [(str(use["subject"]), int(use["version"])) for use in _list(self.get(f"/schemas/ids/{id}/versions"))]

    def get(self, path: str) -> Any:
        """Raises RegistryFault."""
        connection = self._connection()
        # A server that sends a byte a second would never run into a timeout of the socket.
        watchdog = threading.Timer(self.seconds, _cut, [connection])
        watchdog.daemon = True
        watchdog.start()
        try:
            connection.request("GET", self.url.path.rstrip("/") + path, headers=self._headers())
            answer = connection.getresponse()
            body = answer.read(LARGEST + 1)
        except RegistryFault:
            raise
        except ssl.SSLError as error:
            why = error.reason or "the certificate is not trusted"
            raise RegistryFault(f"The schema registry's TLS failed: {why}.", "unreachable") from None
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise RegistryFault(f"The schema registry does not answer: {_why(error)}.", "unreachable") from None
        finally:
            watchdog.cancel()
            connection.close()
        return self._understood(answer.status, body)

    def _understood(self, status: int, body: bytes) -> Any:
        if len(body) > LARGEST:
            raise RegistryFault(f"The schema registry answered with more than {LARGEST:,} bytes.", "odd")
        if status == 404:
            raise RegistryFault("The schema registry knows no such schema.", "unknown")
        if status in (401, 403):
            raise RegistryFault(f"The schema registry refuses us (HTTP {status}): check its user.", "forbidden")
        if status != 200:
            raise RegistryFault(
                f"The schema registry answered with HTTP {status}.", "unreachable" if status >= 500 else "odd"
            )
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise RegistryFault("What answered is no schema registry: its answer is no JSON.", "odd") from None

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/vnd.schemaregistry.v1+json, application/json", "User-Agent": "highwater"}
        if self.config.token:
            headers["Authorization"] = f"Bearer {self.config.token}"
        elif self.config.username:
            both = f"{self.config.username}:{self.config.password}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(both).decode()}"
        return headers

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self.url.hostname or "", self.url.port
        connection = http.client.HTTPConnection(host, port, timeout=self.seconds)
        if self.url.scheme == "https":
            try:
                context = ssl.create_default_context(cadata=self.config.ca_pem or None)
            except (ssl.SSLError, ValueError) as error:
                raise RegistryFault(f"The registry's certificate authority is not readable: {error}.", "odd") from None
            connection = http.client.HTTPSConnection(host, port, timeout=self.seconds, context=context)
        # The address is judged where it is used: a name that changes its mind between two look-ups gains nothing.
        connection._create_connection = self._connect  # type: ignore[attr-defined]
        return connection

    def _connect(self, address: tuple[str, int], timeout: float, *_: Any) -> socket.socket:
        last: Exception = OSError(f"{address[0]} has no address")
        for *_family, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
            if no := refused(str(place[0]), self.config.allowed):
                last = RegistryFault(no, "refused")
                continue
            try:
                return socket.create_connection((str(place[0]), address[1]), timeout)
            except OSError as error:
                last = error
        raise last


def _cut(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "nothing came within the time it has"
    if isinstance(error, socket.gaierror):
        return "its name cannot be looked up"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    return error.strerror.lower() if isinstance(error, OSError) and error.strerror else "the connection broke"


def _list(answer: Any) -> list[Any]:
    if not isinstance(answer, list):
        raise RegistryFault("What answered is no schema registry: a list was expected.", "odd")
    return answer


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict) or not isinstance(answer.get("schema"), str):
        raise RegistryFault("What answered is no schema registry: a schema was expected.", "odd")
    return answer
