"""How the records of a cluster's topics are read: what is known of their formats, and what must not be seen of them.

Set in the console, carried to the reader process with how to reach the cluster, so that no request can forget it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class MaskRule:
    """With both, the pattern is looked for at the path alone."""

    topics: str  # a glob over names
    side: str = ""  # key | value | headers | "" for all three
    path: str = ""  # customer.email, items.*.price, **.iban
    pattern: str = ""  # RE2

    def covers(self, topic: str) -> bool:
        return fnmatchcase(topic, self.topics)


@dataclass(frozen=True, slots=True)
class GivenSchema:
    kind: str  # avro | protobuf | jsonschema
    text: str  # .avsc, .proto or JSON Schema; of protobuf also a FileDescriptorSet in base64
    message: str = ""  # of protobuf: which of its messages; "" is the first


@dataclass(frozen=True, slots=True)
class TopicReading:
    """Formats are names of `reader.decode.formats`; "" lets each record decide."""

    topic: str
    key: str = ""
    value: str = ""
    key_schema: GivenSchema | None = None
    value_schema: GivenSchema | None = None
