"""How web and reader talk over their socket pair: a 4-byte big-endian length, then one msgpack value.

`reader.requests` one way, `reader.replies` the other; ids let any number of requests share the socket.
"""

from __future__ import annotations

import socket
import struct

import msgspec

from reader.replies import Reply
from reader.requests import AnyRequest
from reader.shown import Row

MAX_MESSAGE = 64 * 1024 * 1024
_encoder = msgspec.msgpack.Encoder()
requests = msgspec.msgpack.Decoder(AnyRequest)
replies = msgspec.msgpack.Decoder(Reply)


def pack(message: AnyRequest | Reply) -> bytes:
    body = _encoder.encode(message)
    return struct.pack(">I", len(body)) + body


def size(row: Row) -> int:
    """Bytes that it takes of a message."""
    return len(_encoder.encode(row))


def read(sock: socket.socket) -> bytes:
    """The next message's msgpack bytes. Raises EOFError when the other side is gone."""
    (length,) = struct.unpack(">I", _exactly(sock, 4))
    if length > MAX_MESSAGE:
        raise EOFError(f"a message of {length} bytes is not ours")
    return _exactly(sock, length)


def _exactly(sock: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        try:
            part = sock.recv(min(length - len(parts), 1 << 20))
        except ConnectionError as error:
            raise EOFError from error
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
