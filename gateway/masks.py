"""What must not be seen of a cluster's records, unless somebody has the right to. Applied by `reader.decode.masks`."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class MaskRule:
    topics: str  # a glob over names
    side: str = ""  # key | value | headers | "" for all three
    path: str = ""  # customer.email, items.*.price, **.iban
    pattern: str = ""  # RE2

    def covers(self, topic: str) -> bool:
        return fnmatchcase(topic, self.topics)
