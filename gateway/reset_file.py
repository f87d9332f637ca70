"""Offsets as CSV as kafka-consumer-groups has it: `topic,partition,offset`, or with the group in front. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gateway.facts import TopicPartition

LARGEST: Final = 1_000_000  # characters
_HEADERS: Final = (["topic", "partition", "offset"], ["group", "topic", "partition", "offset"])


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says about one group. Of a file with faults nothing should be used: a line may be missing."""

    offsets: dict[TopicPartition, int]
    others: tuple[str, ...]  # groups that have rows of their own in it
    faults: tuple[str, ...]  # a sentence for each line that could not be read, with its number


def parse(text: str, group: str) -> Read:
    """The rows of `group`. Lines of three fields belong to whatever group is asked about; a line with the names of the
    columns and empty lines are passed over. A negative offset is one: it will be moved up to the start of the log."""
    offsets: dict[TopicPartition, int] = {}
    lines: dict[TopicPartition, int] = {}
    others: dict[str, None] = {}
    faults: list[str] = []
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    while True:
        begins = rows.line_num + 1
        try:
            fields = [field.strip() for field in next(rows)]
        except StopIteration:
            return Read(offsets, tuple(others), tuple(faults))
        except csv.Error:
            faults.append(f"Line {begins}: a quotation mark is not closed or a field is too long.")
            continue
        if not any(fields) or [field.lower() for field in fields] in _HEADERS:
            continue
        if fault := _fault(fields):
            faults.append(f"Line {begins}: {fault}")
            continue
        if len(fields) == 4 and fields[0] != group:
            others[fields[0]] = None
            continue
        tp = TopicPartition(fields[-3], int(fields[-2]))
        if tp in offsets:
            faults.append(f"Line {begins}: {tp} is in line {lines[tp]} already.")
        offsets[tp], lines[tp] = int(fields[-1]), begins


def write(offsets: Iterable[tuple[TopicPartition, int]]) -> str:
    """The form for one group, as `--export` writes it: no header."""
    return "".join(f"{tp.topic},{tp.partition},{offset}\n" for tp, offset in offsets)


def _fault(fields: list[str]) -> str:
    if len(fields) not in (3, 4):
        fields_said = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
        return f"it has {fields_said}; topic,partition,offset are 3, with the group in front 4."
    if not all(fields[:-2]):
        return "a name is empty."
    partition, offset = fields[-2:]
    if not _is_number(partition, 2**31):
        return f"“{partition[:40]}” is not a partition."
    if not _is_number(offset.removeprefix("-"), 2**63):
        return f"“{offset[:40]}” is not an offset."
    return ""


def _is_number(text: str, below: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text.lstrip("0")) < 20 and int(text.lstrip("0") or "0") < below
