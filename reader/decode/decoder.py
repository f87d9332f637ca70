"""How one query reads bytes: as it is set for the topic, else as each record lets itself be guessed; then masked.

Total: any bytes give something to read, and what could not be read as it was wished says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.config import ClusterConfig
from gateway.registry import RegistryConfig
from reader.decode import internal, scalars, show
from reader.decode.by_schema import given, named
from reader.decode.decoded import Decoded, Undecodable
from reader.decode.formats import BY_SCHEMA, FORMATS, INTERNAL
from reader.decode.framing import HEADERS, framed
from reader.decode.masks import HIDDEN, LARGEST, Rules, as_written
from reader.decode.text import as_text
from reader.decode.tree import tree
from reader.decode.written import as_word, computable, written
from reader.query import Query, Reading
from reader.requests import Peek, Record
from reader.shown import PREVIEW, Shown

Headers = Sequence[tuple[str, bytes | None]]
_WORDS = ("", "json", "text")  # what is shown is what the bytes say
_OPENING = ("{", "[", '"')
_STRUCTURED = (dict, list)  # and Pairs, which is a list


def decoder(asked: Query | Record | Peek, config: ClusterConfig) -> Decoder:
    """For what was asked of a cluster, once `resolved`. Raises Unusable."""
    return Decoder(asked.reading, config.registry)


class Decoder:
    """Made once per query, used by one thread at a time."""

    def __init__(self, reading: Reading, registry: RegistryConfig | None = None) -> None:
        """Raises Unusable for a mask that cannot be used: then nothing may be shown."""
        self.reading, self.registry = reading, registry
        self.formats = {"key": reading.key, "value": reading.value}
        self.schemas = {"key": reading.key_schema, "value": reading.value_schema}
        self.rules = {side: Rules(reading.masks, side) for side in ("key", "value", "headers")}
        self._plain = frozenset(filter(self.plain, self.formats))

    # --- for eyes ---
    def show(
        self, data: bytes | None, side: str, headers: Headers = (), limit: int = PREVIEW, key: bytes | None = None
    ) -> Shown:
        """`side` is key or value; at most `limit` characters of it; `key` says what a value of Kafka's own is."""
        if not data:
            return show(data)
        decoded, why = self._read(data, side, headers, key)
        if self.rules[side]:
            return self._show_masked(data, side, decoded, why, limit)
        if decoded is None or decoded.format in _WORDS:
            shown = show(data, limit)
            if decoded is None and not why and shown.kind == "binary":
                why = scalars.hint(data)
            return msgspec.structs.replace(shown, why=why) if why else shown
        try:
            text, kind = (decoded.text, "json") if decoded.text is not None else _said(decoded.value)
        except Undecodable as no:
            return msgspec.structs.replace(show(data, limit), why=str(no))
        if decoded.format == "hex":
            kind = "binary"
        how = (decoded.format, decoded.schema, why or decoded.note)
        return Shown(kind, text[:limit], len(data), len(text) > limit, *how)

    def header(self, name: str, data: bytes | None, limit: int = PREVIEW) -> Shown:
        if not data or not self.rules["headers"]:
            return show(data, limit)
        text, kind = _said(self._header(name, data))
        return Shown(kind, text[:limit], len(data), len(text) > limit, masked=HIDDEN in text)

    # --- for expressions and columns ---
    def tree(self, data: bytes | None, side: str, headers: Headers = (), key: bytes | None = None) -> Any:
        """dict, list, str, int, float, bool, None; bytes that are nothing else."""
        if not data or (data[0] > 1 and not headers and side in self._plain):  # the most: nothing else can come of it
            return tree(data)
        decoded, _ = self._read(data, side, headers, key)
        if self.rules[side]:
            return computable(_plain(self._masked(data, decoded, self.rules[side])))
        if decoded is None or decoded.format in _WORDS:
            return tree(data)
        return computable(decoded.value) if decoded.format == "avro" else decoded.value

    def header_tree(self, name: str, data: bytes | None) -> Any:
        """A text where the bytes are one, as headers mostly are."""
        if not data or not self.rules["headers"]:
            text = None if data is None else as_text(data)
            return data if text is None else text
        value = self._header(name, data)
        return written(value) if isinstance(value, _STRUCTURED) else value

    # --- for a search in bytes ---
    def plain(self, side: str) -> bool:
        """Bytes that begin with { or [ are taken as they are: JSON or else text, and nothing is masked."""
        return self.formats[side] in _WORDS and not self.rules[side]

    @property
    def by_header(self) -> bool:
        """A header may name the schema of bytes that look like anything."""
        return self.registry is not None

    @property
    def literal(self) -> bool:
        """Everything that is shown is shown as its bytes say: a text is found by a look at the bytes."""
        return all(map(self.plain, HEADERS)) and not self.rules["headers"] and self.registry is None

    def words(self, data: bytes, side: str, headers: Headers = (), key: bytes | None = None) -> bytes:
        """What is shown of them, whole, as UTF-8: what a text is looked for in. The bytes where they are shown so."""
        if self.plain(side) and data[0] > 1 and (self.registry is None or not headers):
            return data
        decoded, _ = self._read(data, side, headers, key)
        if self.rules[side]:
            value = self._masked(data, decoded, self.rules[side])
        elif decoded is None or decoded.format in _WORDS:
            return data
        else:
            value = decoded.value if decoded.text is None else decoded.text
        try:
            return _said(value)[0].encode("utf-8", "surrogatepass")
        except Undecodable:
            return HIDDEN.encode() if self.rules[side] else data

    def header_words(self, name: str, data: bytes) -> bytes:
        if not data or not self.rules["headers"]:
            return data
        return _said(self._header(name, data))[0].encode("utf-8", "surrogatepass")

    def hides(self, side: str) -> bool:
        """The bytes themselves may not be handed out."""
        return bool(self.rules[side])

    # --- how ---
    def _read(self, data: bytes, side: str, headers: Headers, key: bytes | None) -> tuple[Decoded | None, str]:
        """None: as the bytes let themselves be guessed. And a sentence when that was not what was wished."""
        format = self.formats[side]
        try:
            if format == "":
                return self._guess(data, side, headers)
            if format in ("json", "text") and self.rules[side]:
                return None, ""  # escapes are undone before a rule looks, whatever was chosen
            if format in FORMATS:
                return FORMATS[format](data), ""
            if format == "registry":
                if (frame := framed(data, side, headers)) is None:
                    raise Undecodable("The record names no schema: it does not begin with 0 and an id.")
                return named(frame, self._known_registry()), ""
            if format in BY_SCHEMA:
                return given(format, self.schemas[side], data), ""
            if format in INTERNAL:
                return internal.decode(format, side, data, key), ""
            raise Undecodable(f"“{format[:40]}” is no format that is known here.")
        except Undecodable as no:
            return None, str(no)

    def _guess(self, data: bytes, side: str, headers: Headers) -> tuple[Decoded | None, str]:
        if data[0] > 1 and not headers:
            return None, ""
        frame = framed(data, side, headers)
        if frame is None or not frame.is_likely:
            return None, ""
        if self.registry is None:
            return None, f"It begins as records of a schema registry do ({frame.called}); this cluster has none set."
        return named(frame, self.registry), ""

    def _known_registry(self) -> RegistryConfig:
        if self.registry is None:
            raise Undecodable("No schema registry is set for this cluster.")
        return self.registry

    def _masked(self, data: bytes, decoded: Decoded | None, rules: Rules) -> Any:
        """The value without what must not be seen; HIDDEN where that cannot be told."""
        try:
            if decoded is None or decoded.text is not None:
                return _masked_words(data if decoded is None else (decoded.text or "").encode(), rules)
            if isinstance(decoded.value, dict | list):
                return rules.value(decoded.value)
            if isinstance(decoded.value, str) and decoded.format in ("registry", *BY_SCHEMA, "msgpack", "cbor"):
                return HIDDEN if rules.paths else rules.text(decoded.value)
        except (RecursionError, Undecodable):
            pass
        return HIDDEN

    def _wished(self, side: str) -> str:
        return self.formats[side] or "the schema that it names"

    def _show_masked(self, data: bytes, side: str, decoded: Decoded | None, why: str, limit: int) -> Shown:
        value = self._masked(data, decoded, self.rules[side])
        try:
            text, kind = _said(value)
        except Undecodable:
            text, kind = HIDDEN, "text"
        # What a library says of bytes that it could not read may quote them.
        unread = f"It could not be read as {self._wished(side)}. " if why else ""
        why = f"{unread}A rule of this cluster hides it." if text == HIDDEN else unread.strip()
        format, schema = (decoded.format, decoded.schema) if decoded and decoded.format not in _WORDS else ("", "")
        return Shown(kind, text[:limit], len(data), len(text) > limit, format, schema, why, HIDDEN in text)

    def _header(self, name: str, data: bytes) -> Any:
        text = as_text(data) if len(data) <= LARGEST else None
        value: Any = data if text is None else text
        if text is not None and text.lstrip()[:1] in _OPENING:
            value = as_written(text) or text
        try:
            return self.rules["headers"].header(name, value)
        except (RecursionError, Undecodable):
            return HIDDEN


def _masked_words(data: bytes, rules: Rules) -> Any:
    text = as_text(data) if len(data) <= LARGEST else None
    if text is None:
        return HIDDEN
    inside = as_written(text) if text.lstrip()[:1] in _OPENING else None
    if isinstance(inside, _STRUCTURED):
        return rules.value(inside)
    return HIDDEN if rules.paths else rules.text(inside if isinstance(inside, str) else text)


def _said(value: Any) -> tuple[str, str]:
    """A value as text, and of which kind that is. Raises Undecodable."""
    if isinstance(value, _STRUCTURED):
        return written(value), "json"
    return as_word(value), "text"


def _plain(value: Any) -> Any:
    """Without the forms that keep a text as it was written. Raises nothing: what is too deep is HIDDEN."""
    if not isinstance(value, list):
        return value
    try:
        return tree(written(value).encode("utf-8", "surrogatepass"))
    except Undecodable:
        return HIDDEN
