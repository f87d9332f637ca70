"""Records as the page's script gets them: arrays, and numbers that a browser cannot hold exactly as text."""

from __future__ import annotations

import base64
from typing import Any

from reader.expression import ExpressionError
from reader.replies import Done, Frame, Rows, Seen, Tried, Unsafe, Whole
from reader.shown import Gap, Row, Shown

EXACT = 2**53  # the largest whole number that JavaScript keeps


def big(number: int | None) -> int | str | None:
    return str(number) if number is not None and abs(number) > EXACT else number


def row(r: Row) -> list[Any]:
    """[partition, offset, timestamp, clock, key, value, number of headers, mark]; key and value as `_shown` has them,
    mark: aborted, open or "". After it the values of the columns that were asked for, if any."""
    beside = [[_shown(shown) for shown in r.columns]] if r.columns else []
    value = [r.clock, _shown(r.key), _shown(r.value), r.headers, r.mark]
    return [r.partition, big(r.offset), big(r.timestamp), *value, *beside]


def gap(g: Gap) -> list[Any]:
    """[number of the row it stands before, partition, first, last, why, producer, timestamp]"""
    return [g.at, g.partition, big(g.first), big(g.last), g.why, big(g.producer), big(g.timestamp)]


def frame(f: Frame) -> dict[str, Any]:
    return {
        "t": "frame",
        "passed": [[p.partition, p.count, big(p.first), big(p.last)] for p in f.passed],
        "rows": [row(r) for r in f.rows],
        "seen": f.seen,
        "sampled": f.sampled,
        "matched": f.matched,
        "next": offsets(f.next),
        "unanswered": [f.unanswered, f.why],
    }


def page(found: Rows, done: Done) -> dict[str, Any]:
    return {
        "rows": [row(r) for r in found.rows],
        "gaps": [gap(g) for g in found.gaps],
        "topic": done.topic_id,
        "read": list(done.read),
        "scanned": done.scanned,
        "matched": done.matched,
        "complete": done.complete,
        "older": offsets(done.older),
        "newer": offsets(done.newer),
        "notes": list(done.notes),
        "unanswered": [done.unanswered, done.why],
    }


def whole(w: Whole) -> dict[str, Any]:
    return {
        "row": row(w.row),
        "headers": [[name, _shown(value)] for name, value in w.headers],
        "key_bytes": base64.b64encode(w.key_bytes).decode(),
        "value_bytes": base64.b64encode(w.value_bytes).decode(),
    }


def fields(seen: Seen) -> dict[str, Any]:
    """{records, fields: [[path, kinds, examples, records]]}, ready to be written into an expression"""
    return {
        "records": seen.records,
        "fields": [[f.path, list(f.kinds), list(f.examples), f.records] for f in seen.fields],
    }


def verdicts(tried: Tried) -> dict[str, Any]:
    """{verdicts: [[partition, offset, true|false|unanswered|gone, sentence, column, length]]}"""
    found = [[v.partition, big(v.offset), v.answer, v.sentence, v.column, v.length] for v in tried.verdicts]
    return {"verdicts": found}


def place(error: Exception) -> dict[str, int]:
    """Where in an expression the mistake is, in characters from 1; nothing for other errors."""
    return {"column": error.column, "length": error.length} if isinstance(error, ExpressionError) else {}


def unsafe(batch: Unsafe | None) -> dict[str, Any]:
    """{batch: {partition, first, last, records, codec, packed, unpacked}}; nothing where there is none to be skipped"""
    if batch is None:
        return {}
    offsets = {"partition": batch.partition, "first": big(batch.first), "last": big(batch.last)}
    what = {"records": batch.records, "codec": batch.codec, "packed": batch.packed, "unpacked": batch.unpacked}
    return {"batch": offsets | what}


def offsets(by_partition: dict[int, int]) -> dict[str, int | str | None]:
    return {str(p): big(offset) for p, offset in by_partition.items()}


def _shown(s: Shown) -> list[Any]:
    """[kind, text, size, cut] and, where there is something of it to say: format, schema, why, masked"""
    how = [s.format, s.schema, s.why, s.masked]
    return [s.kind, s.text, s.size, s.cut, *(how if any(how) else ())]
