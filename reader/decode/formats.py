"""The formats that bytes can be read as, by name. Each gives a Decoded or raises Undecodable, at once."""

from __future__ import annotations

from collections.abc import Callable

from reader.decode import scalars
from reader.decode.decoded import Decoded, Undecodable
from reader.decode.json import is_json
from reader.decode.text import as_text, hexed
from reader.decode.tree import tree

Format = Callable[[bytes], Decoded]


def _text(data: bytes) -> Decoded:
    try:
        return Decoded(data.decode(), "text")
    except UnicodeDecodeError as error:
        raise Undecodable(f"This is no UTF-8 text: byte {error.start:,} does not fit.") from None


def _json(data: bytes) -> Decoded:
    text = as_text(data)
    if text is None or not (is_json(data, text) or _is_scalar(data)):
        raise Undecodable("This is no JSON.")
    return Decoded(tree(data), "json", text=text)


def _is_scalar(data: bytes) -> bool:
    import msgspec

    try:
        msgspec.json.decode(data)
        return True
    except (msgspec.DecodeError, RecursionError):
        return False


def _msgpack(data: bytes) -> Decoded:
    from reader.decode.packed import msgpack  # here and below: most processes never meet these libraries

    return msgpack(data)


def _cbor(data: bytes) -> Decoded:
    from reader.decode.packed import cbor

    return cbor(data)


def _number(name: str) -> Format:
    return lambda data: scalars.number(data, name)


FORMATS: dict[str, Format] = {
    "text": _text,
    "json": _json,
    **{name: _number(name) for name in scalars.NUMBERS},
    "uuid": scalars.an_uuid,
    "base64": scalars.in_base64,
    "hex": lambda data: Decoded(hexed(data), "hex"),
    "msgpack": _msgpack,
    "cbor": _cbor,
}
#: By a schema that was given here, or by the registry's.
BY_SCHEMA = ("avro", "protobuf", "jsonschema")
#: Kafka's own topics.
INTERNAL = ("consumer_offsets", "transaction_state")
#: What one view can ask for: as each record lets itself be guessed, and what needs no schema to be given.
GUESS = "guess"
OF_A_VIEW = (GUESS, *FORMATS, "registry")
EVERY = (*FORMATS, *BY_SCHEMA, "registry", *INTERNAL)
