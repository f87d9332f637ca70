"""The text of a .proto file as a FileDescriptorProto, which is what decoding needs of it: messages, fields and enums.

The `protobuf` package cannot read .proto text, and protoc would be a program of 8 MB fed with strangers' texts
(decision 0020). Options, services and extensions are read over. Types are left to the descriptor pool to resolve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from reader.decode.decoded import Undecodable

LARGEST = 512 * 1024  # characters
DEEPEST = 32  # messages inside one another
_TOKEN = re.compile(
    r"\s+|//[^\n]*|/\*.*?\*/|"
    r'(?P<text>"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')|'
    r"(?P<word>\.?[A-Za-z_][\w.]*|[-+]?[0-9.][\w.+-]*)|(?P<sign>[^\w\s\"'/]|/(?![/*]))",
    re.S,
)
_SCALARS = {
    name: FieldDescriptorProto.Type.Value(f"TYPE_{name.upper()}")
    for name in (
        *("double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string", "bytes"),
        *("uint32", "sfixed32", "sfixed64", "sint32", "sint64"),
    )
}
_LABELS = {
    "optional": FieldDescriptorProto.LABEL_OPTIONAL,
    "required": FieldDescriptorProto.LABEL_REQUIRED,
    "repeated": FieldDescriptorProto.LABEL_REPEATED,
}


def parse(text: str, name: str) -> FileDescriptorProto:
    """Raises Undecodable, which names the line."""
    if len(text) > LARGEST:
        raise Undecodable(f"The schema has {len(text):,} characters; at most {LARGEST:,} are read.")
    return _Parser(text, name).file()


class _Parser:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.tokens = list(self._tokens())
        self.at = 0
        self.syntax = "proto2"

    def _tokens(self) -> Iterator[tuple[str, int]]:
        at = 0
        while at < len(self.text):
            match = _TOKEN.match(self.text, at)
            if match is None:
                raise self._wrong("something that does not end", at)
            at = match.end()
            if match.lastgroup:
                yield match[0], match.start()

    # --- words ---
    @property
    def next(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        found = self.next
        if not found or (wanted and found != wanted):
            raise self.wrong(f"{wanted or 'more'} expected")
        self.at += 1
        return found

    def took(self, wanted: str) -> bool:
        if self.next != wanted:
            return False
        self.at += 1
        return True

    def wrong(self, what: str) -> Undecodable:
        place = self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.text)
        return self._wrong(f"{what}, “{self.next[:30]}” found" if self.next else f"{what}, and the text ends", place)

    def _wrong(self, what: str, place: int) -> Undecodable:
        return Undecodable(f"{self.name}, line {self.text.count(chr(10), 0, place) + 1}: {what}.")

    def identifier(self) -> str:
        if not re.fullmatch(r"[A-Za-z_]\w*", self.next, re.A):
            raise self.wrong("a name expected")
        return self.take()

    def number(self) -> int:
        negative = self.took("-")
        try:
            found = int(self.next, 8) if re.fullmatch(r"0[0-7]+", self.next) else int(self.next, 0)
        except ValueError:
            raise self.wrong("a number expected") from None
        if abs(found) >= 2**31:
            raise self.wrong("a number of at most 32 bits expected")
        self.take()
        return -found if negative else found

    def quoted(self) -> str:
        if self.next[:1] not in ("'", '"'):
            raise self.wrong("a text in quotes expected")
        return self.take()[1:-1]

    def skip(self) -> None:
        """To the end of a statement, over whole blocks."""
        depth = 0
        while True:
            word = self.take()
            depth += word in ("{", "[", "(", "<")
            depth -= word in ("}", "]", ")", ">")
            if depth <= 0 and (word == ";" or (word == "}" and self.next != ";")):
                return

    def options(self) -> None:
        if self.next == "[":
            depth = 0
            while True:
                word = self.take()
                depth += (word == "[") - (word == "]")
                if depth == 0:
                    return

    # --- statements ---
    def file(self) -> FileDescriptorProto:
        file = FileDescriptorProto(name=self.name)
        while self.next:
            if self.next in ("syntax", "edition"):
                edition = self.take() == "edition"
                self.take("=")
                said = self.quoted()
                self.syntax = "proto2" if edition else said  # fields of editions have presence, as proto2's
                if self.syntax not in ("proto2", "proto3"):
                    raise self.wrong(f"{said} is no syntax that is known")
                self.take(";")
            elif self.took("package"):
                file.package = self.take()
                self.take(";")
            elif self.took("import"):
                public = self.next in ("public", "weak", "option") and self.take() == "public"
                file.dependency.append(self.quoted())
                if public:
                    file.public_dependency.append(len(file.dependency) - 1)
                self.take(";")
            elif self.took("message"):
                self.message(file.message_type.add(), DEEPEST)
            elif self.took("enum"):
                self.enum(file.enum_type.add())
            elif self.next in ("option", "service", "extend"):
                self.skip()
            else:
                self.take(";")
        file.syntax = self.syntax
        return file

    def message(self, message: DescriptorProto, depth: int) -> None:
        message.name = self.identifier()
        self.body(message, depth)

    def body(self, message: DescriptorProto, depth: int) -> None:
        if depth == 0:
            raise self.wrong(f"messages in at most {DEEPEST} others expected")
        self.take("{")
        while not self.took("}"):
            if self.next == "message" and self._is_block():
                self.take()
                self.message(message.nested_type.add(), depth - 1)
            elif self.next == "enum" and self._is_block():
                self.take()
                self.enum(message.enum_type.add())
            elif self.next == "oneof" and self._is_block():
                self.take()
                self.oneof(message, depth)
            elif self.next in ("option", "reserved", "extensions", "extend") and self._is_statement():
                self.skip()
            elif not self.took(";"):
                self.field(message, depth)
        self._optionals(message)

    def _peek(self, ahead: int) -> str:
        return self.tokens[self.at + ahead][0] if self.at + ahead < len(self.tokens) else ""

    def _is_block(self) -> bool:
        return self._peek(2) == "{"

    def _is_statement(self) -> bool:
        """And no field whose type has such a name."""
        return self._peek(2) != "=" or self.next == "option"

    def oneof(self, message: DescriptorProto, depth: int) -> None:
        message.oneof_decl.add(name=self.identifier())
        index = len(message.oneof_decl) - 1
        self.take("{")
        while not self.took("}"):
            if self.next == "option":
                self.skip()
            elif not self.took(";"):
                self.field(message, depth, index)

    def field(self, message: DescriptorProto, depth: int, oneof: int | None = None) -> None:
        label = self.take() if self.next in _LABELS and self._peek(1) != "=" and oneof is None else ""
        field = message.field.add(label=_LABELS.get(label, FieldDescriptorProto.LABEL_OPTIONAL))
        if oneof is not None:
            field.oneof_index = oneof
        if self.next == "group":
            self.group(message, field, depth)
            return
        if self.next == "map" and self._peek(1) == "<":
            self.map(message, field)
        else:
            self.kind(field)
            field.name = self.identifier()
        self.take("=")
        field.number = self.number()
        self.options()
        self.take(";")
        field.proto3_optional = label == "optional" and self.syntax == "proto3"

    def kind(self, field: FieldDescriptorProto) -> None:
        name = self.take()
        if not re.fullmatch(r"\.?[A-Za-z_][\w.]*", name, re.A):
            self.at -= 1
            raise self.wrong("a type expected")
        if name in _SCALARS:
            field.type = _SCALARS[name]
        else:
            field.type_name = name

    def group(self, message: DescriptorProto, field: FieldDescriptorProto, depth: int) -> None:
        self.take()
        inner = message.nested_type.add(name=self.identifier())
        field.name, field.type, field.type_name = inner.name.lower(), FieldDescriptorProto.TYPE_GROUP, inner.name
        self.take("=")
        field.number = self.number()
        self.options()
        self.body(inner, depth - 1)

    def map(self, message: DescriptorProto, field: FieldDescriptorProto) -> None:
        self.take()
        self.take("<")
        entry = message.nested_type.add()
        entry.options.map_entry = True
        for name, number, then in (("key", 1, ","), ("value", 2, ">")):
            self.kind(entry.field.add(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL))
            self.take(then)
        field.name = self.identifier()
        entry.name = "".join(part[:1].upper() + part[1:] for part in field.name.split("_")) + "Entry"
        field.type_name, field.type = entry.name, FieldDescriptorProto.TYPE_MESSAGE
        field.label = FieldDescriptorProto.LABEL_REPEATED

    @staticmethod
    def _optionals(message: DescriptorProto) -> None:
        """Each `optional` of proto3 is alone in a oneof of its own, after the real ones."""
        for field in message.field:
            if field.proto3_optional:
                message.oneof_decl.add(name=f"_{field.name}")
                field.oneof_index = len(message.oneof_decl) - 1
            else:
                field.ClearField("proto3_optional")

    def enum(self, enum: EnumDescriptorProto) -> None:
        enum.name = self.identifier()
        enum.options.allow_alias = True  # what is doubled is named by its first name
        self.take("{")
        while not self.took("}"):
            if (self.next == "option" and self._peek(1) != "=") or (self.next == "reserved" and self._peek(1) != "="):
                self.skip()
            elif not self.took(";"):
                name = self.identifier()
                self.take("=")
                enum.value.add(name=name, number=self.number())
                self.options()
                self.take(";")
        if not enum.value:
            raise self.wrong(f"the enum {enum.name} has no value; one expected")
