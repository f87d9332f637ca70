"""Does it really answer? A metadata request, packed by hand: who starts a broker loads no client."""

from __future__ import annotations

import socket
import struct

METADATA, VERSION = 3, 4  # understood by every broker since 0.11


def kafka_brokers(host: str, port: int, timeout: float = 2.0) -> int:
    """How many brokers the one at `host:port` knows. Raises OSError: no connection, or no Kafka at the other end."""
    request = struct.pack(">hhih", METADATA, VERSION, 1, 2) + b"up" + struct.pack(">i?", 0, False)
    with socket.create_connection((host, port), timeout) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", _exactly(connection, 4))
        if not 12 <= size <= 1 << 20:
            raise ConnectionError("the answer is not Kafka's")
        correlation, _throttled, brokers = struct.unpack(">iii", _exactly(connection, size)[:12])
    if correlation != 1:
        raise ConnectionError("the answer is not Kafka's")
    return int(brokers)


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise ConnectionError("the connection was closed without an answer")
        data += more
    return data
