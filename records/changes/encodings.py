"""Text that a person typed as the bytes that Kafka gets. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Literal

import msgspec

Encoding = Literal["text", "json", "base64", "hex", "int16", "int32", "int64", "empty", "schema"]
NAMES: dict[str, str] = {
    "text": "text",
    "json": "JSON, checked",
    "base64": "base64",
    "hex": "hex",
    "int16": "16-bit number",
    "int32": "32-bit number",
    "int64": "64-bit number",
    "empty": "empty: zero bytes, not null",
    "schema": "JSON by a schema of the registry",
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_AT = re.compile(r" \(byte ([0-9]+)\)")


class BadText(Exception):
    """`str()` goes on after a name: "the value" + " is not JSON: ..."."""


def encode(text: str, encoding: Encoding) -> bytes:
    """Numbers are big-endian, as Kafka's own serializers write them. Raises BadText."""
    match encoding:
        case "text":
            return _utf8(text)
        case "json":
            return _json(text)
        case "base64":
            try:
                return base64.b64decode("".join(text.split()), validate=True)
            except (binascii.Error, ValueError):
                raise BadText("is not base64") from None
        case "hex":
            try:
                return bytes.fromhex(text.removeprefix("0x"))
            except ValueError:
                raise BadText("is not hex: two of 0-9 and a-f for each byte") from None
        case "empty":
            if text:
                raise BadText("is not empty, as it is said to be")
            return b""
        case "schema":
            raise BadText("can't be written by a schema here")
        case _:
            return _integer(text.strip(), int(encoding[3:]))


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise BadText("has half a character (a lone surrogate), which is not text") from None


def _json(text: str) -> bytes:
    data = _utf8(text)
    try:
        msgspec.json.decode(data)
    except RecursionError:
        raise BadText("is nested too deeply to be checked as JSON") from None
    except msgspec.DecodeError as error:
        said = str(error).removeprefix("JSON is malformed: ")
        raise BadText(f"is not JSON: {_AT.sub(lambda at: _place(data, int(at[1])), said)}") from None
    return data


def _place(data: bytes, byte: int) -> str:
    before = data[:byte].decode(errors="replace")
    return f", line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"


def _integer(text: str, bits: int) -> bytes:
    limit = 1 << (bits - 1)
    if not _INTEGER.fullmatch(text) or not -limit <= int(text) < limit:
        raise BadText(f"is not a whole number from {-limit:,} to {limit - 1:,}")
    return int(text).to_bytes(bits // 8, "big", signed=True)
