"""Protobuf by a schema: bytes to a value. Fields that cannot be absent are always there, as their default."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from google.protobuf import (
    any_pb2,
    api_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    source_context_pb2,
    struct_pb2,
    timestamp_pb2,
    type_pb2,
    unknown_fields,
    wrappers_pb2,
)
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from reader.decode.decoded import Undecodable
from reader.decode.proto_text import LARGEST, parse

MAIN = "schema.proto"
_WELL_KNOWN = {
    module.DESCRIPTOR.name: module.DESCRIPTOR.serialized_pb
    for module in (
        any_pb2, source_context_pb2, type_pb2, api_pb2, duration_pb2, empty_pb2,
        field_mask_pb2, struct_pb2, timestamp_pb2, wrappers_pb2,
    )
}  # fmt: skip
_EPOCH = datetime(1970, 1, 1)


class Schema:
    """The messages of one file. `references`: by import name, the texts it needs, those that others need first."""

    def __init__(self, text: str, references: Mapping[str, str] | None = None) -> None:
        """Raises Undecodable."""
        self.pool = DescriptorPool()
        self.added: set[str] = set()
        files = [_file(held, name) for name, held in (references or {}).items()]
        files += _main(text)
        self.main = files[-1]
        for file in files:
            self._add(file)
        self.file = self.pool.FindFileByName(self.main.name)

    def _add(self, file: FileDescriptorProto) -> None:
        missing = []
        for name in list(file.dependency):
            if name in _WELL_KNOWN and name not in self.added:
                self._add(FileDescriptorProto.FromString(_WELL_KNOWN[name]))
            if name not in self.added:
                missing.append(name)
        if missing:  # they may be of options alone; what is needed of them is told by the pool
            kept = [name for name in file.dependency if name not in missing]
            del file.dependency[:], file.public_dependency[:]
            file.dependency.extend(kept)
        if file.name in self.added:
            return
        try:
            self.pool.AddSerializedFile(file.SerializeToString())
        except TypeError as error:
            hint = f" It imports {', '.join(missing)}, which was not given." if missing else ""
            raise Undecodable(f"The Protobuf schema does not hold together: {_said(error)}.{hint}") from None
        self.added.add(file.name)

    def by_path(self, path: Sequence[int]) -> Descriptor:
        """The message that a record names by indexes. Raises Undecodable."""
        inside: Any = self.main.message_type
        names = [self.main.package] if self.main.package else []
        try:
            for index in path:
                if index < 0:
                    raise IndexError
                names.append(inside[index].name)
                inside = inside[index].nested_type
        except IndexError:
            where = ", ".join(map(str, path))
            raise Undecodable(f"The record names message {where} of the schema, which has none there.") from None
        return self.by_name(".".join(names))

    def by_name(self, name: str) -> Descriptor:
        """ "" is the first; the package need not be said. Raises Undecodable."""
        if not name:
            if not self.main.message_type:
                raise Undecodable("The schema has no message.")
            return self.by_path((0,))
        for full in (name, f"{self.main.package}.{name}"):
            try:
                return self.pool.FindMessageTypeByName(full)
            except KeyError:
                continue
        raise Undecodable(f"The schema has no message {name}.")

    def path_of(self, wanted: Descriptor) -> tuple[int, ...]:
        """The inverse of `by_path`."""
        path: list[int] = []
        current: Descriptor | None = wanted
        while current is not None:
            siblings = (
                current.containing_type.nested_types
                if current.containing_type
                else list(self.file.message_types_by_name.values())
            )
            path.append(next(n for n, other in enumerate(siblings) if other.full_name == current.full_name))
            current = current.containing_type
        return tuple(reversed(path))


def decode(data: bytes, descriptor: Descriptor) -> tuple[Any, str]:
    """The value, and a sentence when the bytes hold what the schema does not know. Raises Undecodable."""
    message = GetMessageClass(descriptor)()
    try:
        message.ParseFromString(data)
    except (DecodeError, RuntimeWarning) as error:
        raise Undecodable(f"The bytes do not fit the Protobuf message {descriptor.full_name}.") from error
    try:
        value = tree(message)
    except RecursionError:
        raise Undecodable("It is nested too deep.") from None
    unknown = sorted({field.field_number for field in unknown_fields.UnknownFieldSet(message)})
    if not unknown:
        return value, ""
    several = f"fields {', '.join(map(str, unknown[:5]))} are" if len(unknown) > 1 else f"field {unknown[0]} is"
    return value, f"The record holds more than the message {descriptor.full_name} has: {several} not in it."


def tree(message: Message) -> Any:
    descriptor = message.DESCRIPTOR
    if special := _SPECIAL.get(descriptor.full_name):
        return special(message)
    found: dict[str, Any] = {}
    for field in descriptor.fields:
        if field.has_presence and not message.HasField(field.name):
            continue
        held = getattr(message, field.name)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            kind = field.message_type.fields_by_name["value"]
            found[field.name] = {_key(key): _one(kind, held[key]) for key in held}
        elif field.is_repeated:
            found[field.name] = [_one(field, item) for item in held]
        else:
            found[field.name] = _one(field, held)
    return found


def _one(field: FieldDescriptor, held: Any) -> Any:
    if field.message_type is not None:
        return tree(held)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(held)
        return known.name if known is not None else held
    return held


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _timestamp(message: Any) -> Any:
    if 0 <= message.nanos < 1_000_000_000:
        try:
            moment = _EPOCH + timedelta(seconds=message.seconds)
        except OverflowError:
            pass
        else:
            return f"{moment.isoformat()}{f'.{message.nanos:09}'.rstrip('0').rstrip('.')}Z"
    return {"seconds": message.seconds, "nanos": message.nanos}


def _duration(message: Any) -> Any:
    seconds, nanos = message.seconds, message.nanos
    if abs(nanos) >= 1_000_000_000 or (seconds and nanos and (seconds < 0) != (nanos < 0)):
        return {"seconds": seconds, "nanos": nanos}
    sign = "-" if seconds < 0 or nanos < 0 else ""
    return f"{sign}{abs(seconds)}{f'.{abs(nanos):09}'.rstrip('0').rstrip('.')}s"


def _struct_value(message: Any) -> Any:
    match message.WhichOneof("kind"):
        case "struct_value":
            return _struct(message.struct_value)
        case "list_value":
            return [_struct_value(item) for item in message.list_value.values]
        case "number_value":
            return message.number_value
        case "string_value":
            return message.string_value
        case "bool_value":
            return message.bool_value
    return None


def _struct(message: Any) -> Any:
    return {name: _struct_value(message.fields[name]) for name in message.fields}


_SPECIAL: dict[str, Callable[[Any], Any]] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    "google.protobuf.Struct": _struct,
    "google.protobuf.Value": _struct_value,
    "google.protobuf.ListValue": lambda message: [_struct_value(item) for item in message.values],
    "google.protobuf.FieldMask": lambda message: ",".join(message.paths),
    "google.protobuf.Any": lambda message: {"@type": message.type_url, "value": message.value},
    **{
        f"google.protobuf.{kind}Value": lambda message: message.value
        for kind in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
    },
}


def _main(text: str) -> list[FileDescriptorProto]:
    """The file itself last. A FileDescriptorSet in base64 brings what it needs along."""
    if found := _described(text):
        return found
    return [_file(text, MAIN)]


def _file(text: str, name: str) -> FileDescriptorProto:
    if found := _described(text):
        found[-1].name = name
        return found[-1]
    return parse(text, name)


def _described(text: str) -> list[FileDescriptorProto]:
    """Descriptors in base64, as protoc's --descriptor_set_out or a registry writes them; [] for .proto text."""
    if len(text) > 2 * LARGEST or not text.strip() or any(sign in text for sign in "{;"):
        return []
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return []
    for kind in (FileDescriptorSet, FileDescriptorProto):
        try:
            found = kind.FromString(data)
        except DecodeError:
            continue
        files = list(found.file) if isinstance(found, FileDescriptorSet) else [found]
        if files and all(file.name or file.message_type for file in files):
            return files
    return []


def _said(error: Exception) -> str:
    text = str(error).removeprefix("Couldn't build proto file into descriptor pool: ").strip("' ")
    return text.split("\n")[0][:200].rstrip(".")
