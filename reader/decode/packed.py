"""MessagePack and CBOR: values that describe themselves."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any, NoReturn

import cbor2
import msgspec

from reader.decode.decoded import Decoded, Undecodable

_msgpack = msgspec.msgpack.Decoder(ext_hook=lambda code, data: {"ext": code, "data": bytes(data)})
_SHARED = (28, 29)  # a value named once and used many times: a few bytes could stand for more than memory holds
_COMPILED = (35, 36)  # a regular expression and a mail would be parsed by what is not made for strangers' texts


def _refused(decoder: object, *rest: object) -> NoReturn:
    raise ValueError("it uses shared values, regular expressions or mails, which are not followed here")


_REFUSED = dict.fromkeys((*_SHARED, *_COMPILED), _refused)


def msgpack(data: bytes) -> Decoded:
    try:
        return Decoded(_plain(_msgpack.decode(data)), "msgpack")
    except (msgspec.DecodeError, UnicodeDecodeError, OverflowError, ValueError, TypeError) as error:
        raise Undecodable(f"This is no MessagePack: {_said(error)}.") from None
    except RecursionError:
        raise Undecodable("This MessagePack is nested too deep.") from None


def cbor(data: bytes) -> Decoded:
    try:
        body = io.BytesIO(data)
        value = _plain(cbor2.load(body, semantic_decoders=_REFUSED))
        if left := len(data) - body.tell():
            raise ValueError(f"{left:,} bytes follow its end")
        return Decoded(value, "cbor")
    except RecursionError:
        raise Undecodable("This CBOR is nested too deep.") from None
    except MemoryError:
        raise
    except Exception as error:  # its tags call constructors of the standard library, which raise what they like
        raise Undecodable(f"This is no CBOR: {_said(error)}.") from None


def _plain(value: Any) -> Any:
    """Made of the types of `Decoded`. Raises RecursionError also for a value that contains itself."""
    if isinstance(value, str | int | float | bytes | None):
        return value
    if isinstance(value, dict):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, cbor2.CBORTag):
        return {"tag": value.tag, "value": _plain(value.value)}
    if isinstance(value, cbor2.CBORSimpleValue):
        return {"simple": value.value}
    if value is cbor2.undefined:
        return None
    return str(value)


def _key(key: Any) -> str:
    return key if isinstance(key, str) else key.hex() if isinstance(key, bytes) else str(_plain(key))


def _said(error: Exception) -> str:
    words = str(error).split("\n")[0].rstrip(".")
    return words[:1].lower() + words[1:200] if words else type(error).__name__
