"""The line to the brokers: kafka-python's connections (TLS, SASL, reconnecting), our own deadlines, and raw requests.

Pinned to kafka-python 3.0.12: this file and `opening.py` alone know its private parts. Its own blocking methods wait
ten seconds a call on a frozen broker and cannot be told otherwise, so nothing here blocks on them: a coroutine is
handed to its I/O thread and we wait on a future of ours.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from struct import pack, unpack
from types import ModuleType, SimpleNamespace
from typing import Any

from gateway.ask import Deadline, one
from gateway.config import ClusterConfig
from gateway.errors import TimedOut, Unreachable, Unsupported
from gateway.opening import close_client, open_client

_GIVE_UP_AFTER = 15.0  # seconds without an answer after which the client is made anew, from the bootstrap list

_NOT_KAFKA = (
    "The address answers, but not as Kafka with these settings would: check TLS and the sign-in mechanism. "
    "If they are right, the broker hangs."
)


class Line:
    """One cluster's connections. Thread-safe; nothing connects before the first call."""

    def __init__(self, config: ClusterConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._opening: Future[Any] | None = None
        self._answered = 0.0

    def client(self, deadline: Deadline) -> Any:
        """The KafkaAdminClient, connected. Raises Unreachable, AuthenticationFailed, TimedOut."""
        with self._lock:
            if self._opening is None:
                self._opening = open_client(self._config)
                self._answered = time.monotonic()  # so that a new client is given its time
            opening = self._opening
        try:
            return one(opening, deadline)
        except TimedOut:
            if opening.done():  # its bootstrap gave up, which is not our deadline
                self._forget(opening)
                raise Unreachable(_NOT_KAFKA) from None
            raise
        except Exception:
            self._forget(opening)
            raise

    def start(self, client: Any, coroutine: Any, *args: Any) -> Future[Any]:
        """Runs one of kafka-python's coroutine functions on its I/O thread."""
        future: Future[Any] = Future()

        async def run() -> None:
            try:
                answer = await client._net._invoke(coroutine, *args)
            except BaseException as error:  # whatever it was belongs to the one who waits
                future.set_exception(error)
            else:
                self._answered = time.monotonic()
                future.set_result(answer)

        try:
            client._net.call_soon_threadsafe(run)
        except RuntimeError:  # closed meanwhile
            future.set_exception(Unreachable())
        return future

    def call(self, deadline: Deadline, method: str, *args: Any) -> Any:
        """One of kafka-python's private coroutine methods by name. Raises KafkaFault."""
        client = self.client(deadline)
        try:
            return one(self.start(client, getattr(client, method), *args), deadline)
        except (TimedOut, Unreachable):
            self.suspect()
            raise

    def send(self, client: Any, message: ModuleType, body: bytes, node: int | None = None) -> Future[bytes]:
        """A raw request of gateway.messages to one broker (None: any). The answer's bytes are decoded by the caller,
        on the caller's thread."""
        return self.start(client, _send, client._manager, _Raw(message, body), node)

    def send_object(self, client: Any, request: Any, node: int) -> Future[Any]:
        """One of kafka-python's own request objects; the answer is its response object."""
        return self.start(client, _send, client._manager, request, node)

    def request(self, deadline: Deadline, request: Any, node: int) -> Any:
        """`send_object`, waited for. Raises KafkaFault."""
        client = self.client(deadline)
        try:
            return one(self.send_object(client, request, node), deadline)
        except (TimedOut, Unreachable):
            self.suspect()
            raise

    def speaks(self, client: Any, message: ModuleType) -> bool:
        """Whether the brokers know the version that we pack; if not, kafka-python's own methods are the fallback."""
        data = client._manager.broker_version_data
        low, high = (data.api_versions or {}).get(message.KEY, (1, 0))
        return bool(low <= message.VERSION <= high)

    def newest(self, client: Any, *messages: ModuleType) -> ModuleType | None:
        """The first of these versions of a message that the brokers know."""
        return next((message for message in messages if self.speaks(client, message)), None)

    def require(self, client: Any, message: ModuleType) -> None:
        if not self.speaks(client, message):
            raise Unsupported()

    def nodes(self, client: Any) -> list[int]:
        """The brokers that kafka-python knows. Its metadata may be minutes old: prefer what our own sweep says."""
        return sorted(broker.node_id for broker in client._manager.cluster.brokers())

    def suspect(self) -> None:
        """A call got no answer. If that lasts, start again from the bootstrap list: the brokers may have moved."""
        with self._lock:
            opening = self._opening
        if opening is not None and opening.done() and time.monotonic() - self._answered > _GIVE_UP_AFTER:
            self._forget(opening)

    def close(self) -> None:
        with self._lock:
            opening, self._opening = self._opening, None
        if opening is not None:
            close_client(opening)

    def _forget(self, opening: Future[Any]) -> None:
        with self._lock:
            if self._opening is not opening:
                return
            self._opening = None
        close_client(opening)


async def _send(manager: Any, request: Any, node: int | None) -> Any:
    from kafka.errors import UnknownBrokerIdError

    try:
        return await manager.send(request, node_id=node)
    except UnknownBrokerIdError:  # a broker that joined after its last metadata
        await manager.cluster.request_update()
        return await manager.send(request, node_id=node)


class _Raw:
    """What kafka-python's connection wants of a request, with a body that is packed already."""

    def __init__(self, message: ModuleType, body: bytes) -> None:
        self.API_KEY = self.api_key = message.KEY
        self.API_VERSION = self.api_version = message.VERSION
        self.flexible = message.FLEXIBLE
        self.body = body
        self.header = self
        self.correlation_id = 0
        self.client_id = b""

    def expect_response(self) -> bool:
        return True

    def with_header(self, correlation_id: int = 0, client_id: str = "") -> None:
        self.correlation_id = correlation_id
        self.client_id = client_id.encode()

    def get_response_class(self) -> _RawResponse:
        return _RawResponse(self.flexible)

    def encode(self, framed: bool = True, header: bool = True) -> bytes:
        head = pack(">hhih", self.api_key, self.api_version, self.correlation_id, len(self.client_id)) + self.client_id
        if self.flexible:
            head += b"\0"
        return pack(">i", len(head) + len(self.body)) + head + self.body


class _RawResponse:
    def __init__(self, flexible: bool) -> None:
        self.flexible = flexible

    def parse_header(self, data: Any) -> SimpleNamespace:
        header = SimpleNamespace(correlation_id=unpack(">i", data.read(4))[0])
        if self.flexible:
            data.read(1)
        return header

    def decode(self, data: Any) -> bytes:
        return bytes(data.read())
