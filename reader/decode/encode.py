"""A value that a person wrote as JSON, as the bytes that a registry's serializers would write."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

from gateway.registry import RegistryConfig
from gateway.registry_http import RegistryClient, RegistryFault
from reader.decode.decoded import Undecodable
from reader.decode.framing import path_bytes
from reader.decode.json_schema import said, validator
from reader.decode.registry import Known, known
from reader.decode.tree import tree

DEEPEST = 100  # as Protobuf has it


class Encoder:
    """For one version of a subject. Made once, used for many values."""

    def __init__(self, config: RegistryConfig, subject: str, version: int | str = "latest", message: str = "") -> None:
        """`message`: of Protobuf, which one; "" is the first. Asks the registry, at most 5 s. Raises Undecodable."""
        client = RegistryClient(config)
        try:
            answer = client.version(subject, version)
            self.id, self.version = int(answer["id"]), int(answer["version"])
            self.schema: Known = known(client, answer, f"{subject}, version {self.version} (id {self.id})")
        except RegistryFault as fault:
            if fault.code == "unknown":
                raise Undecodable(f"The schema registry has no subject {subject} with the version {version}.") from None
            raise Undecodable(str(fault)) from None
        except (KeyError, TypeError, ValueError):
            raise Undecodable("What answered is no schema registry: it gave no id.") from None
        self.text: str = answer["schema"]
        self.descriptor = self.schema.parsed.by_name(message) if self.schema.kind == "PROTOBUF" else None

    def encode(self, text: str) -> bytes:
        """With the id in front. Raises Undecodable: what does not fit, and where."""
        front = b"\0" + self.id.to_bytes(4, "big")
        if self.schema.kind == "AVRO":
            return front + avro(text, self.schema.parsed)
        if self.schema.kind == "PROTOBUF":
            return front + path_bytes(self.schema.parsed.path_of(self.descriptor)) + protobuf(text, self.descriptor)
        return front + json_value(text, *self.schema.parsed)


def avro(text: str, schema: Any) -> bytes:
    """`schema`: an Avro. Raises Undecodable."""
    import fastavro

    from reader.decode.avro_typed import typed

    value, out = typed(_parsed(text), schema), io.BytesIO()
    try:
        fastavro.schemaless_writer(out, schema.schema, value)
    except Exception as error:  # what `typed` let through and the writer does not take
        raise Undecodable(f"The value does not fit the Avro schema: {str(error)[:200]}.") from None
    return out.getvalue()


def protobuf(text: str, descriptor: Any) -> bytes:
    """In Protobuf's own JSON. Raises Undecodable."""
    from google.protobuf import json_format
    from google.protobuf.message_factory import GetMessageClass

    message = GetMessageClass(descriptor)()
    try:
        json_format.ParseDict(
            _parsed(text, float), message, descriptor_pool=descriptor.file.pool, max_recursion_depth=DEEPEST
        )
    except json_format.ParseError as error:
        raise Undecodable(f"The value does not fit {descriptor.full_name}: {str(error)[:200].rstrip('.')}.") from None
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Undecodable(f"The value does not fit {descriptor.full_name}: {str(error)[:200]}.") from None
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def json_value(text: str, schema: str, references: dict[str, str]) -> bytes:
    """As it was typed. Raises Undecodable."""
    _parsed(text)
    data = text.encode("utf-8", "surrogatepass")
    try:
        data.decode()
    except UnicodeDecodeError:
        raise Undecodable("The value holds half of a surrogate pair, which UTF-8 cannot write.") from None
    error = next(validator(schema, tuple(references.items())).iter_errors(tree(data)), None)
    if error is not None:
        raise Undecodable(f"The value does not fit its JSON Schema: {said(error)}.")
    return data


def _parsed(text: str, fraction: Any = Decimal) -> Any:
    try:
        return json.loads(text, parse_float=fraction)
    except RecursionError:
        raise Undecodable("The value is nested too deep.") from None
    except ValueError as error:
        where = f", line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Undecodable(f"The value is no JSON{where}.") from None
